using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>A clock of the test's own that tells when somebody begins to wait by it.</summary>
internal sealed class TimerClock : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until code under test waits for that long, then lets that time go by.</summary>
    public async Task PassAsync(TimeSpan due)
    {
        await BegunAsync(due);
        Advance(due);
    }

    /// <summary>Waits until code under test waits for that long.</summary>
    public async Task BegunAsync(TimeSpan due)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        while (await _timers.Reader.ReadAsync(limit.Token) != due)
        {
            // A timer of something else.
        }
    }
}
