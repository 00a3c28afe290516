using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>A store that can be away, and that counts what it is asked.</summary>
internal sealed class FailingStore(IStore store) : IStore
{
    private int _calls;

    public bool IsAway { get; set; }

    public int Calls => _calls;

    public string Kind => store.Kind;

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => Answer().GetAsync(key, cancellationToken);

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => Answer().RangeAsync(prefix, cancellationToken);

    public ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) => Answer().TxnAsync(txn, cancellationToken);

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) =>
        Answer().WatchAsync(prefix, fromRevision, cancellationToken);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => Answer().GrantLeaseAsync(timeToLive, cancellationToken);

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken) => Answer().KeepAliveAsync(lease, cancellationToken);

    public ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken) => Answer().RevokeLeaseAsync(lease, cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => Answer().CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IStore Answer()
    {
        Interlocked.Increment(ref _calls);
        return IsAway ? throw new StoreException("the store is away") : store;
    }
}
