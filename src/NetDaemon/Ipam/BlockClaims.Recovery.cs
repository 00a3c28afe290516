using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Ipam;

/// <content>A store that lost its data is told again which blocks this node has.</content>
internal sealed partial class BlockClaims
{
    /// <summary>How long a node must not have been heard of before the others go on without it, where nothing else is chosen: as long as any node may hold blocks.</summary>
    public TimeSpan LongestHold { get; init; } = BlockReclaimer.Bound(BlockFence.DefaultHold);

    /// <summary>The cluster record; null where the store is this node's alone.</summary>
    /// <exception cref="StoreException">The store did not answer, or has none.</exception>
    public async Task<ClusterState?> ReadClusterAsync(CancellationToken cancellationToken) =>
        holder is null ? null : await ClusterState.ReadAsync(store, cancellationToken);

    /// <summary>Makes the store say that a block is this node's, if it was when the store lost it.</summary>
    /// <param name="pool">Its pool.</param>
    /// <param name="block">As this node had it: its epoch is never lowered.</param>
    /// <param name="isCertain">Whether it holds it beyond doubt: then an older epoch in the store is from before it had it. Otherwise only a block that nobody has is taken.</param>
    /// <param name="cluster">The history that it is put into.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>As the store has it now, this node's or not; null when the pool is not there any more, or was cut anew.</returns>
    /// <exception cref="StoreException">The store did not answer, or lost its data once more.</exception>
    public async Task<OwnedBlock?> PutBackAsync(PoolLayout pool, OwnedBlock block, bool isCertain, ClusterState cluster, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Block(block.Pool, block.Cidr.ToString());
        while (true)
        {
            if (await store.GetAsync(StoreKeys.Pool(pool.Name), cancellationToken) is not { } parent || !IsPool(pool, parent))
            {
                return null;
            }
            StoreEntry? entry = await store.GetAsync(key, cancellationToken);
            OwnedBlock? present = entry is null ? null : TryRead(entry) ?? new OwnedBlock(block.Pool, block.Cidr, 0, ulong.MaxValue, entry.ModRevision);
            bool isOwn = present?.Owner == NodeNumber;
            if (present is not null && (present.Epoch >= block.Epoch || (!isOwn && !isCertain && !await IsNobodysAsync(present, cancellationToken))))
            {
                return present;
            }
            var wanted = new Block { Pool = block.Pool, Cidr = block.Cidr.ToString(), Owner = NodeNumber, Epoch = block.Epoch, State = BlockState.Active };
            TxnResult result = await store.TxnAsync(
                (await WhileOursAsync(cluster, cancellationToken)).If(parent.Key, parent.ModRevision).If(key, present?.ModRevision ?? 0).Put(key, wanted.ToByteArray()), cancellationToken);
            if (result.Succeeded)
            {
                return new OwnedBlock(block.Pool, block.Cidr, NodeNumber, block.Epoch, result.Revision);
            }
            RequireSame(cluster, await ReadClusterAsync(cancellationToken));
        }
    }

    /// <summary>This node's number must be its own, before anything is said in its name: it was forgotten, or its name given to another machine, otherwise.</summary>
    /// <returns>The number's key; null where the store is this node's alone.</returns>
    /// <exception cref="NodeNumberLostException">It is not.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<StoreEntry?> RequireNumberAsync(CancellationToken cancellationToken)
    {
        if (holder is null)
        {
            return null;
        }
        StoreEntry? entry = await store.GetAsync(StoreKeys.NodeNumber(NodeNumber), cancellationToken);
        return entry is not null && NumberHolder.Of(entry) == holder
            ? entry
            : throw new NodeNumberLostException($"node number {NodeNumber} is not {holder.Name}'s any more, but {(entry is null ? "nobody's" : $"{NumberHolder.Of(entry).Name}'s")}")
            {
                NextStep = "restart weftd: it gets another number; if etcd's data were lost, see docs/configuration.md, \"etcd's data lost\"",
            };
    }

    /// <summary>How far the nodes are with putting back what the store lost.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public Task<Gathering> ReadGatheringAsync(ClusterState cluster, CancellationToken cancellationToken) =>
        Gathering.ReadAsync(store, cluster.History, LongestHold, cancellationToken);

    /// <summary>Says that all has been put back: from then on blocks can be claimed. False when somebody else changed the record.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<bool> EndGatheringAsync(ClusterState cluster, CancellationToken cancellationToken)
    {
        Cluster record = cluster.Record.Clone();
        record.Gathering = false;
        return (await store.TxnAsync((await WhileOursAsync(cluster, cancellationToken)).Put(StoreKeys.Cluster, record.ToByteArray()), cancellationToken)).Succeeded;
    }

    /// <summary>Nobody claims a block while one that the store knows nothing of may be another's.</summary>
    private async Task<ClusterState?> RequireGatheredAsync(CancellationToken cancellationToken)
    {
        ClusterState? cluster = await ReadClusterAsync(cancellationToken);
        if (cluster is { IsGathering: true })
        {
            throw NotGathered(await ReadGatheringAsync(cluster, cancellationToken), HoldStage.All);
        }
        return cluster;
    }

    /// <summary>Why blocks cannot be claimed yet.</summary>
    public static StoreException NotGathered(Gathering gathering, HoldStage stage)
    {
        IReadOnlyList<string> missing = gathering.Missing(stage);
        return new StoreException("the store lost its data, and blocks are claimed again when every node has said which are its own"
            + (missing.Count == 0 ? "" : $"; to be heard of: {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? $" and {missing.Count - 5} more" : "")}"))
        {
            NextStep = missing.Count == 0 ? "try again" : "start weftd there; if a node is gone for good, `weft node forget NAME --yes`",
        };
    }

    private static void RequireSame(ClusterState known, ClusterState? now)
    {
        if (now?.History != known.History)
        {
            throw new StoreException("the store lost its data once more") { NextStep = "weftd tries again by itself" };
        }
        if (now.ModRevision != known.ModRevision)
        {
            throw new StoreException("nodes have just finished putting back what the store lost") { NextStep = "weftd tries again by itself" };
        }
    }

    /// <summary>A transaction that is not done once the store has lost its data, or this node its number: blocks of a number that is nobody's would be nobody's to take.</summary>
    /// <exception cref="StoreException">The store did not answer, or the number is not this node's.</exception>
    private async Task<StoreTxn> WhileOursAsync(ClusterState? cluster, CancellationToken cancellationToken) =>
        await RequireNumberAsync(cancellationToken) is { } number ? In(cluster, new StoreTxn().If(number.Key, number.ModRevision)) : In(cluster, new StoreTxn());

    /// <summary>Whether a block is free, or of a number that was forgotten: from before that, then.</summary>
    private async Task<bool> IsNobodysAsync(OwnedBlock block, CancellationToken cancellationToken) =>
        block.IsFree || (block.Owner != 0 && await store.GetAsync(StoreKeys.NodeNumber(block.Owner), cancellationToken) is null);

    private static StoreTxn In(ClusterState? cluster, StoreTxn txn) => cluster is null ? txn : txn.If(StoreKeys.Cluster, cluster.ModRevision);
}
