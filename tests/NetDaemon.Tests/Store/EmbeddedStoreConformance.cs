using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Store;

public sealed class EmbeddedStoreConformance : StoreConformance
{
    private readonly ArmedTime _time = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-test-").FullName;

    private protected override Task<IStore> OpenAsync() => Task.FromResult<IStore>(EmbeddedStore.Open(_directory, _time));

    protected override async Task PassAsync(TimeSpan time)
    {
        await _time.Armed;
        _time.Advance(time);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>
    /// A clock that tells when somebody waits for it. Time that passes between a granted lease and the timer for its end would not be seen by
    /// that timer, and pass for nobody again.
    /// </summary>
    private sealed class ArmedTime : FakeTimeProvider
    {
        private readonly TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Armed => _armed.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            _armed.TrySetResult();
            return timer;
        }
    }
}
