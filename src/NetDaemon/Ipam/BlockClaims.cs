using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Ipam;

/// <summary>Claims blocks of pools for one node, each by one compare-and-put. Holds no state; thread-safe.</summary>
/// <param name="store">The store.</param>
/// <param name="nodeNumber">The node that it claims for.</param>
/// <param name="holder">Who is to have that number still, for anything to be claimed or confirmed; null: the store is this node's alone, and nobody else claims blocks of it.</param>
internal sealed partial class BlockClaims(IStore store, uint nodeNumber, NumberHolder? holder = null)
{
    // etcd counts conditions like operations. One is left for the number, and one for the cluster record.
    private const int MostConditions = StoreTxnRules.MaximumOperations - 2;

    /// <summary>The node that it claims for.</summary>
    public uint NodeNumber { get; } = nodeNumber;

    /// <summary>Addresses away from their blocks, on the same store.</summary>
    public MovedAddresses Moved { get; } = new(store, nodeNumber);

    /// <summary>This node's blocks of all pools, by pool and address.</summary>
    /// <remarks>A key that holds no block costs nobody another block; it is named by `weft ipam check`.</remarks>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<IReadOnlyList<OwnedBlock>> ListOwnAsync(CancellationToken cancellationToken)
    {
        StoreRange range = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        return [.. range.Entries.Select(TryRead).OfType<OwnedBlock>().Where(b => b.Owner == NodeNumber).OrderBy(b => b.Pool, StringComparer.Ordinal).ThenBy(b => b.Cidr)];
    }

    /// <summary>Claims the lowest block of a pool that no node has.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="known">This node's blocks of it as far as it knows. One more in the store is from a claim whose answer was lost: that one is returned.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <param name="within">Only blocks with an address in one of these; null or empty: any.</param>
    /// <returns>The block, or null when each has an owner, or the pool has been deleted.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<OwnedBlock?> ClaimLowestAsync(
        PoolLayout pool, IReadOnlyCollection<Cidr> known, CancellationToken cancellationToken, IReadOnlyList<AddressInterval>? within = null)
    {
        while (true)
        {
            StoreRange range = await store.RangeAsync(StoreKeys.BlocksOf(pool.Name), cancellationToken);
            // What is in a key that cannot be read may be somebody's all the same.
            List<OwnedBlock> claimed = [.. range.Entries.Select(e => TryRead(e) ?? OfKey(pool.Name, e)).OfType<OwnedBlock>().Where(b => !b.IsFree)];
            if (claimed.Find(b => b.Owner == NodeNumber && IsBlockOf(pool, b.Cidr) && !known.Contains(b.Cidr)) is { } forgotten)
            {
                OwnedBlock? found = await ClaimAsync(pool, forgotten.Cidr, cancellationToken);
                if (found is null || found.Owner == NodeNumber)
                {
                    return found;
                }
                continue;
            }
            if (LowestFree(pool, claimed.Select(b => b.Cidr), within) is not { } cidr)
            {
                return null;
            }
            // Another node may have been faster: then look again. Each time around some node got a block, so this ends.
            OwnedBlock? block = await ClaimAsync(pool, cidr, cancellationToken);
            if (block is null || block.Owner == NodeNumber)
            {
                return block;
            }
        }
    }

    /// <summary>Claims a certain block unless a node has it.</summary>
    /// <returns>The block with its owner: this node, another, or nobody while it is in quarantine or its key cannot be read; null when the pool is not
    /// there any more, or was cut anew.</returns>
    /// <exception cref="StoreException">The store did not answer, or nodes are still putting back what it lost.</exception>
    public async Task<OwnedBlock?> ClaimAsync(PoolLayout pool, Cidr cidr, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Block(pool.Name, cidr.ToString());
        while (true)
        {
            ClusterState? cluster = await RequireGatheredAsync(cancellationToken);
            // On condition that the pool is as it is now: a block claimed while its pool is deleted would be nobody's to give up.
            StoreEntry? parent = await store.GetAsync(StoreKeys.Pool(pool.Name), cancellationToken);
            if (parent is null || !IsPool(pool, parent))
            {
                return null;
            }
            OwnedBlock? present = null;
            if (await store.GetAsync(key, cancellationToken) is { } entry)
            {
                present = TryRead(entry) ?? new OwnedBlock(pool.Name, cidr, 0, 0, entry.ModRevision);
                if (!present.IsFree && present.Owner != NodeNumber)
                {
                    return present;
                }
            }
            // What is this node's already is written again: the answer may be of a copy from before this node gave it up.
            ulong epoch = present?.Owner == NodeNumber ? present.Epoch : (present?.Epoch ?? 0) + 1;
            var block = new Block { Pool = pool.Name, Cidr = cidr.ToString(), Owner = NodeNumber, Epoch = epoch, State = BlockState.Active };
            TxnResult result = await store.TxnAsync(
                (await WhileOursAsync(cluster, cancellationToken)).If(parent.Key, parent.ModRevision).If(key, present?.ModRevision ?? 0).Put(key, block.ToByteArray()), cancellationToken);
            if (result.Succeeded)
            {
                return new OwnedBlock(pool.Name, cidr, NodeNumber, epoch, result.Revision);
            }
            // Somebody was faster, or the pool was changed: look again.
        }
    }

    /// <summary>A block as it is now.</summary>
    /// <returns>The block, with owner 0 when its key cannot be read; null when there is none.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<OwnedBlock?> FindAsync(string pool, Cidr cidr, CancellationToken cancellationToken) =>
        await store.GetAsync(StoreKeys.Block(pool, cidr.ToString()), cancellationToken) is { } entry
            ? TryRead(entry) ?? new OwnedBlock(pool, cidr, 0, 0, entry.ModRevision)
            : null;

    /// <summary>Says that this node has blocks, on condition that they are all as they are known: from then on it holds them for a while.</summary>
    /// <param name="blocks">As they are known.</param>
    /// <param name="hold">What to say.</param>
    /// <param name="cluster">The history that they are known of; null: the store is this node's alone.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>False when one of them, or the history, is not as it is known.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<bool> ConfirmAsync(IReadOnlyList<OwnedBlock> blocks, BlockHold hold, ClusterState? cluster, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> value = hold.ToByteArray();
        string key = StoreKeys.Hold(NodeNumber);
        // Without a block once as well: a write is what tells that the store is there, and not a copy of it.
        for (int i = 0; i == 0 || i < blocks.Count; i += MostConditions)
        {
            StoreTxn txn = (await WhileOursAsync(cluster, cancellationToken)).Put(key, value);
            foreach (OwnedBlock block in blocks.Skip(i).Take(MostConditions))
            {
                txn.If(StoreKeys.Block(block.Pool, block.Cidr.ToString()), block.ModRevision);
            }
            if (!(await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Hands a block of this node to another, which finds it when it next looks. No address of it may be in use.</summary>
    /// <returns>False when somebody changed it meanwhile.</returns>
    /// <exception cref="StoreException">The store did not answer; it may have been handed over.</exception>
    public async Task<bool> TransferAsync(OwnedBlock block, uint to, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Block(block.Pool, block.Cidr.ToString());
        var next = new Block { Pool = block.Pool, Cidr = block.Cidr.ToString(), Owner = to, Epoch = block.Epoch + 1, State = BlockState.Active };
        return (await store.TxnAsync(new StoreTxn().If(key, block.ModRevision).Put(key, next.ToByteArray()), cancellationToken)).Succeeded;
    }

    /// <summary>Lets anybody claim a block of this node. Its epoch stays in the store: of two who had it, the later one is told by that.</summary>
    /// <param name="block">As it is known.</param>
    /// <param name="cluster">The history that it is known of; null: the store is this node's alone.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>False when somebody changed it, or the cluster record, meanwhile.</returns>
    /// <exception cref="StoreException">The store did not answer; it may be given back.</exception>
    public async Task<bool> GiveBackAsync(OwnedBlock block, ClusterState? cluster, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Block(block.Pool, block.Cidr.ToString());
        var free = new Block { Pool = block.Pool, Cidr = block.Cidr.ToString(), Epoch = block.Epoch, State = BlockState.Free };
        return (await store.TxnAsync(In(cluster, new StoreTxn().If(key, block.ModRevision)).Put(key, free.ToByteArray()), cancellationToken)).Succeeded;
    }

    /// <summary>Gives blocks of a pool that goes up, unless somebody changed them meanwhile.</summary>
    /// <exception cref="StoreException">The store did not answer; some may be given up.</exception>
    public async Task GiveUpAsync(IReadOnlyList<OwnedBlock> blocks, CancellationToken cancellationToken)
    {
        foreach (OwnedBlock block in blocks)
        {
            string key = StoreKeys.Block(block.Pool, block.Cidr.ToString());
            await store.TxnAsync(new StoreTxn().If(key, block.ModRevision).Delete(key), cancellationToken);
        }
    }

    /// <summary>The lowest block of a pool that overlaps no claimed one; null when there is none.</summary>
    internal static Cidr? LowestFree(PoolLayout pool, IEnumerable<Cidr> claimed, IReadOnlyList<AddressInterval>? within)
    {
        if (within is null or { Count: 0 })
        {
            return LowestFree(pool, claimed);
        }
        List<Cidr> taken = [.. claimed];
        UInt128 poolLast = pool.Cidr.Network + pool.Cidr.LastOffset;
        IEnumerable<Cidr?> each = within.Where(w => w.Overlaps(pool.Cidr)).Select(w =>
            LowestFree(pool, taken, UInt128.Max(w.First, pool.Cidr.Network), UInt128.Min(w.Last, poolLast)));
        return each.OfType<Cidr>().Order().Select(c => (Cidr?)c).FirstOrDefault();
    }

    /// <inheritdoc cref="LowestFree(PoolLayout, IEnumerable{Cidr}, IReadOnlyList{AddressInterval})"/>
    internal static Cidr? LowestFree(PoolLayout pool, IEnumerable<Cidr> claimed) =>
        LowestFree(pool, claimed, pool.Cidr.Network, pool.Cidr.Network + pool.Cidr.LastOffset);

    /// <summary>As above, among the blocks from that of a first address to that of a last one, both numbers within the pool.</summary>
    private static Cidr? LowestFree(PoolLayout pool, IEnumerable<Cidr> claimed, UInt128 first, UInt128 last)
    {
        int shift = pool.Cidr.Width - pool.BlockSize;
        UInt128 candidate = (first - pool.Cidr.Network) >> shift;
        UInt128 end = (last - pool.Cidr.Network) >> shift;
        // In address order, the first gap between claimed blocks: a /64 has 2^58 of them, so counting through all is out of the question.
        foreach (Cidr block in claimed.Where(pool.Cidr.Contains).Order())
        {
            UInt128 offset = block.Network - pool.Cidr.Network;
            if (offset >> shift > candidate)
            {
                break;
            }
            candidate = UInt128.Max(candidate, ((offset + block.LastOffset) >> shift) + 1);
        }
        return candidate <= end ? pool.Cidr.Part(candidate, pool.BlockSize) : null;
    }

    private static bool IsPool(PoolLayout layout, StoreEntry entry)
    {
        try
        {
            return PoolLayout.TryCreate(Pool.Parser.ParseFrom(entry.Value.Span), out PoolLayout? stored, out _) && stored == layout;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new StoreException($"{entry.Key} does not hold a pool: {e.Message}", e);
        }
    }

    private static bool IsBlockOf(PoolLayout pool, Cidr cidr) => cidr.PrefixLength == pool.BlockSize && pool.Cidr.Contains(cidr);

    /// <summary>A block as it is once it was taken from its node: whoever claims it goes on from a higher epoch, and not before it has rested.</summary>
    /// <param name="entry">A block.</param>
    public static byte[] Quarantine(StoreEntry entry)
    {
        Block block = Block.Parser.ParseFrom(entry.Value.Span);
        (block.Owner, block.State) = (0, BlockState.Quarantined);
        block.Epoch++;
        return block.ToByteArray();
    }

    /// <summary>What a key holds; null when that is not the block that it is named for.</summary>
    internal static OwnedBlock? TryRead(StoreEntry entry)
    {
        try
        {
            Block block = Block.Parser.ParseFrom(entry.Value.Span);
            return Cidr.TryParse(block.Cidr, out Cidr cidr) && entry.Key == StoreKeys.Block(block.Pool, block.Cidr)
                ? new OwnedBlock(block.Pool, cidr, block.Owner, block.Epoch, entry.ModRevision) { IsFree = block.State == BlockState.Free }
                : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The block that a key is named for; null when it names none.</summary>
    private static OwnedBlock? OfKey(string pool, StoreEntry entry) =>
        Cidr.TryParse(entry.Key[StoreKeys.BlocksOf(pool).Length..].Replace('_', '/'), out Cidr cidr) ? new OwnedBlock(pool, cidr, 0, 0, entry.ModRevision) : null;
}
