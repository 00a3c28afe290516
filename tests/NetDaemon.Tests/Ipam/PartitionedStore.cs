using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>One node's way to a store that it shares: it can be cut, and answers of transactions can be lost on it. As with etcd, an answer that is older than one before is refused.</summary>
internal sealed class PartitionedStore(IStore store) : IStore
{
    public bool IsCut { get; set; }

    /// <summary>The next transaction is done, and its answer is lost; then the way is cut.</summary>
    public bool LosesNextAnswer { get; set; }

    /// <summary>The highest revision that was seen; 0 when that means nothing any more.</summary>
    public long Highest { get; set; }

    public string Kind => store.Kind;

    public async ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Require((await Reach().RangeAsync("/nothing", cancellationToken)).Revision);
        return await Reach().GetAsync(key, cancellationToken);
    }

    public async ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken)
    {
        StoreRange range = await Reach().RangeAsync(prefix, cancellationToken);
        Require(range.Revision);
        return range;
    }

    public async ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        TxnResult result = await Reach().TxnAsync(txn, cancellationToken);
        Require(result.Revision);
        if (!LosesNextAnswer)
        {
            return result;
        }
        (LosesNextAnswer, IsCut) = (false, true);
        throw new StoreOutcomeUnknownException("the answer was lost");
    }

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => Reach().WatchAsync(prefix, fromRevision, cancellationToken);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => Reach().GrantLeaseAsync(timeToLive, cancellationToken);

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken) => Reach().KeepAliveAsync(lease, cancellationToken);

    public ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken) => Reach().RevokeLeaseAsync(lease, cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => Reach().CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Require(long revision)
    {
        if (revision < Highest)
        {
            throw new StoreRegressedException($"the store is at revision {revision}, and was at {Highest}", Highest, revision);
        }
        Highest = revision;
    }

    private IStore Reach() => IsCut ? throw new StoreException("the store is away") : store;
}
