using System.Threading.Channels;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>
/// Keeps this node's blocks: has the store confirm them, claims one ahead before the last is full, gives back what is not needed, and publishes what is in use.
/// A store that is away is waited for. One owner runs it; <see cref="Nudge"/> is for anybody.
/// </summary>
/// <param name="allocator">Whose blocks they are.</param>
/// <param name="copies">What is published for audits.</param>
/// <param name="hold">How long this node goes on without the store: it is asked much more often.</param>
/// <param name="time">For intervals.</param>
/// <param name="logger">Where changes are told.</param>
internal sealed class BlockKeeper(AddressAllocator allocator, AllocationCopies copies, TimeSpan hold, TimeProvider time, ILogger<BlockKeeper> logger)
{
    /// <summary>How often room and copies are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestUnconfirmed = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ShortestUnconfirmed = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _nudges = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TimeSpan _confirmEvery = Min(LongestUnconfirmed, Max(ShortestUnconfirmed, hold / 96));
    private bool _mustConfirm;
    private int _putBack;
    private bool _told;         // that the store does not answer
    private bool _toldDown;     // and that nothing may be given out
    private long? _confirmedAt;
    private long? _lookedAt;

    /// <summary>Called when blocks came, went or were lost: routes and rules follow them. May be null.</summary>
    public Func<Task>? BlocksChanged { get; init; }

    /// <summary>Called when this node has put its blocks back into a store that lost its data: the rest of what is this node's follows. May be null.</summary>
    public Func<Task>? PutBack { get; init; }

    /// <summary>Whether this node is to claim nothing.</summary>
    public Func<bool> IsCordoned { get; init; } = static () => false;

    /// <summary>Whether this node is to give back what it does not use, all of it.</summary>
    public Func<bool> IsDraining { get; init; } = static () => false;

    /// <summary>Addresses were taken: look whether there is room. Does not block.</summary>
    public void Nudge() => _nudges.Writer.TryWrite(true);

    /// <summary>The store may have lost what this node has there: it is asked at once. Does not block.</summary>
    public void Doubt()
    {
        Volatile.Write(ref _mustConfirm, true);
        Nudge();
    }

    /// <summary>Looks at each nudge and from time to time, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Min(Interval, _confirmEvery), time);
        Task<bool> tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        while (true)
        {
            await TryLookAsync(cancellationToken);
            Task<bool> nudge = _nudges.Reader.WaitToReadAsync(cancellationToken).AsTask();
            Task soon = allocator.IsGathering ? Task.Delay(ShortestUnconfirmed, time, cancellationToken) : nudge;
            if (await Task.WhenAny(tick, nudge, soon) == tick)
            {
                await tick;
                tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            }
            await (nudge.IsCompleted ? nudge : Task.CompletedTask);
            _nudges.Reader.TryRead(out _);
        }
    }

    /// <summary>Does what is due.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_confirmedAt is not { } at || time.GetElapsedTime(at) >= _confirmEvery || allocator.IsGathering || Interlocked.Exchange(ref _mustConfirm, false))
            {
                _confirmedAt = null;        // tried again soon, if it fails
                foreach ((Cidr block, string reason) in await allocator.ConfirmAsync(cancellationToken))
                {
                    IpamLog.Lost(logger, block, reason);
                }
                _confirmedAt = time.GetTimestamp();
            }
            if (_putBack != allocator.TimesPutBack)
            {
                copies.Forget();
                await (PutBack?.Invoke() ?? Task.CompletedTask);
                _putBack = allocator.TimesPutBack;
            }
            if (allocator.IsGathering)
            {
                return;     // the rest is about claims and copies in a store that is whole
            }
            if (!IsCordoned() && await allocator.ClaimHeadRoomAsync(cancellationToken) is > 0 and int claimed)
            {
                IpamLog.ClaimedAhead(logger, claimed);
            }
            // A timer's tick may come a little early.
            bool isDue = IsDraining() || _lookedAt is not { } looked || time.GetElapsedTime(looked) >= Interval - (Interval / 10);
            await allocator.KeepMovedAsync(isDue, cancellationToken);
            if (isDue)
            {
                await ReleaseSpareAsync(cancellationToken);
                await copies.PublishAsync(cancellationToken);
                _lookedAt = time.GetTimestamp();
            }
        }
        finally
        {
            if (allocator.BlocksChanged)
            {
                allocator.BlocksChanged = false;
                await (BlocksChanged?.Invoke() ?? Task.CompletedTask);
            }
        }
    }

    private async Task TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
            _told = false;
        }
        catch (StoreException e)
        {
            bool isDown = allocator.FenceLeft <= TimeSpan.Zero;
            if (!_told || isDown != _toldDown)
            {
                IpamLog.NotConfirmed(logger, e.Message, isDown ? "no time" : $"{allocator.FenceLeft:hh\\:mm\\:ss}");
            }
            (_told, _toldDown) = (true, isDown);
        }
    }

    private async Task ReleaseSpareAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (Cidr block in await allocator.ReleaseSpareAsync(IsDraining(), cancellationToken))
            {
                IpamLog.GaveBack(logger, block);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IpamLog.KeptSpare(logger, e.Message);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
