using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>A store whose leases expire by the simulation's time, at once: etcd's own clock cannot be moved, and a history is to be the same each time it is played.</summary>
internal sealed class SimulatedLeases(IStore store) : IStore
{
    // What is left of each lease, of those that have not ended.
    private readonly Dictionary<long, (TimeSpan Whole, TimeSpan Left)> _leases = [];
    private readonly Dictionary<long, TimeSpan> _granted = [];      // all that there ever were

    private readonly string? _kind;

    /// <summary>As what it shows itself; the store's own where nothing is said.</summary>
    public string Kind
    {
        get => _kind ?? store.Kind;
        init => _kind = value;
    }

    /// <summary>Time goes by: leases that were not kept alive end.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        foreach ((long lease, (TimeSpan whole, TimeSpan left)) in _leases.ToList())
        {
            _leases[lease] = (whole, left - time);
            if (left <= time)
            {
                await RevokeLeaseAsync(lease, default);
            }
        }
    }

    /// <summary>The store is from a backup: leases that had not ended then begin anew, as etcd lets them.</summary>
    public async Task RestoredAsync()
    {
        _leases.Clear();
        foreach (long lease in (await store.RangeAsync("/", default)).Entries.Select(e => e.Lease).Where(l => l != 0).Distinct())
        {
            _leases[lease] = (_granted[lease], _granted[lease]);
        }
    }

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => store.GetAsync(key, cancellationToken);

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => store.RangeAsync(prefix, cancellationToken);

    public ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) => store.TxnAsync(txn, cancellationToken);

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => store.WatchAsync(prefix, fromRevision, cancellationToken);

    public async ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        // Longer than any run: it is ended from here.
        long lease = await store.GrantLeaseAsync(TimeSpan.FromHours(1), cancellationToken);
        _granted[lease] = timeToLive;
        _leases[lease] = (timeToLive, timeToLive);
        return lease;
    }

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken)
    {
        if (!_leases.TryGetValue(lease, out (TimeSpan Whole, TimeSpan Left) known))
        {
            return ValueTask.FromResult(false);
        }
        _leases[lease] = (known.Whole, known.Whole);
        return store.KeepAliveAsync(lease, cancellationToken);
    }

    public ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken)
    {
        _leases.Remove(lease);
        return store.RevokeLeaseAsync(lease, cancellationToken);
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => store.CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
