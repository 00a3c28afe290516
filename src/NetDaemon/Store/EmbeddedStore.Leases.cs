namespace Weft.NetDaemon.Store;

internal sealed partial class EmbeddedStore
{
    // After a failed attempt to delete the keys of an expired lease (disk full, say).
    private static readonly TimeSpan ExpiryRetry = TimeSpan.FromSeconds(5);

    // Every lease starts anew when the store is opened: while it was closed, nobody could keep one alive.
    private readonly Dictionary<long, Lease> _leases = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _expiry;
    private TaskCompletionSource _leaseGranted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="TimeToLive">From the last sign of life.</param>
    /// <param name="Renewed">Timestamp of the clock at the last sign of life.</param>
    private readonly record struct Lease(TimeSpan TimeToLive, long Renewed);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromMilliseconds(1));
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            long id = _file.Write("grant a lease", durable: true,
                () => _sql.GrantLease.QueryInteger((long)timeToLive.TotalMilliseconds)!.Value);
            _leases[id] = new Lease(timeToLive, _time.GetTimestamp());
            _leaseGranted.TrySetResult();
            return ValueTask.FromResult(id);
        }
    }

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            bool alive = IsAlive(lease);
            if (alive)
            {
                _leases[lease] = _leases[lease] with { Renewed = _time.GetTimestamp() };
            }
            return ValueTask.FromResult(alive);
        }
    }

    public ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_leases.ContainsKey(lease))
            {
                End(lease);
            }
        }
        return ValueTask.CompletedTask;
    }

    private void LoadLeases() => _file.Read("read the leases", () =>
    {
        _sql.Leases.Query(row =>
        {
            _leases[row.GetInt64(0)] = new Lease(TimeSpan.FromMilliseconds(row.GetInt64(1)), _time.GetTimestamp());
            return true;
        });
        return true;
    });

    /// <summary>Ends leases when their time is over, until the store is disposed.</summary>
    private async Task ExpireLeasesAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            (TimeSpan wait, Task granted) = EndExpired();
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAny(granted, Task.Delay(wait, _time, woken.Token));
            await woken.CancelAsync();   // ends the timer when a new lease was first
        }
    }

    /// <summary>Ends what has expired.</summary>
    /// <returns>Time until the next may expire, and a task that completes when a lease is granted.</returns>
    private (TimeSpan Wait, Task Granted) EndExpired()
    {
        lock (_lock)
        {
            _leaseGranted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                foreach (long lease in _leases.Where(l => Remaining(l.Value) <= TimeSpan.Zero).Select(l => l.Key).ToArray())
                {
                    End(lease);
                }
            }
            catch (StoreException)
            {
                // Whoever writes meets the same failure and reports it; the keys outlive their lease until it is over.
                return (ExpiryRetry, Task.Delay(Timeout.InfiniteTimeSpan, _time, _stop.Token));
            }
            // At least a millisecond: timers round down. And no less than that when the clock has gone on since the look above, as over a suspend.
            return _leases.Count == 0
                ? (Timeout.InfiniteTimeSpan, _leaseGranted.Task)
                : (TimeSpan.FromMilliseconds(1 + Math.Max(0, Math.Ceiling(_leases.Values.Min(Remaining).TotalMilliseconds))), _leaseGranted.Task);
        }
    }

    // Expired is expired, even if the loop has not come to it yet.
    private bool IsAlive(long lease) => _leases.TryGetValue(lease, out Lease found) && Remaining(found) > TimeSpan.Zero;

    private TimeSpan Remaining(Lease lease) => lease.TimeToLive - _time.GetElapsedTime(lease.Renewed);

    /// <summary>Ends a lease and deletes its keys, at one revision. Under the lock.</summary>
    private void End(long lease)
    {
        Written written = _file.Write($"end lease {lease}", durable: true, () =>
        {
            List<StoreOperation> deletions = [];
            _sql.KeysOfLease.Query(row =>
            {
                deletions.Add(new StoreOperation.Delete(row.GetString(0)));
                return true;
            }, lease);
            _sql.EndLease.Execute(lease);
            return Apply(deletions);
        });
        _leases.Remove(lease);
        Publish(written);
    }
}
