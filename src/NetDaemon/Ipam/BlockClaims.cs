using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>Claims blocks of pools for one node, each by one compare-and-put. Holds no state; thread-safe.</summary>
internal sealed class BlockClaims(IStore store, uint nodeNumber)
{
    /// <summary>The node that it claims for.</summary>
    public uint NodeNumber { get; } = nodeNumber;

    /// <summary>This node's blocks of all pools, by pool and address.</summary>
    /// <exception cref="StoreException">The store did not answer, or holds a block that cannot be read.</exception>
    public async Task<IReadOnlyList<OwnedBlock>> ListOwnAsync(CancellationToken cancellationToken)
    {
        StoreRange range = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        return [.. range.Entries.Select(Read).Where(b => b.Owner == NodeNumber).OrderBy(b => b.Pool, StringComparer.Ordinal).ThenBy(b => b.Cidr)];
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
            List<OwnedBlock> claimed = [.. range.Entries.Select(Read)];
            if (claimed.Find(b => b.Owner == NodeNumber && IsBlockOf(pool, b.Cidr) && !known.Contains(b.Cidr)) is { } forgotten)
            {
                return forgotten;
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
    /// <returns>The block with its owner, this node or another; null when the pool is not there any more, or was cut anew.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<OwnedBlock?> ClaimAsync(PoolLayout pool, Cidr cidr, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Block(pool.Name, cidr.ToString());
        var block = new Block { Pool = pool.Name, Cidr = cidr.ToString(), Owner = NodeNumber, Epoch = 1, State = BlockState.Active };
        ReadOnlyMemory<byte> value = block.ToByteArray();
        while (true)
        {
            // On condition that the pool is as it is now: a block claimed while its pool is deleted would be nobody's to give up.
            StoreEntry? parent = await store.GetAsync(StoreKeys.Pool(pool.Name), cancellationToken);
            if (parent is null || !IsPool(pool, parent))
            {
                return null;
            }
            TxnResult result = await store.TxnAsync(
                new StoreTxn().If(parent.Key, parent.ModRevision).IfAbsent(key).Put(key, value), cancellationToken);
            if (result.Succeeded)
            {
                return new OwnedBlock(pool.Name, cidr, NodeNumber, block.Epoch, result.Revision);
            }
            // Without an entry now, its owner has given it up since, or the pool was changed: try again.
            if (await store.GetAsync(key, cancellationToken) is { } entry)
            {
                return Read(entry);
            }
        }
    }

    /// <summary>Gives blocks of this node up, unless somebody changed them meanwhile.</summary>
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

    private static OwnedBlock Read(StoreEntry entry)
    {
        try
        {
            Block block = Block.Parser.ParseFrom(entry.Value.Span);
            return Cidr.TryParse(block.Cidr, out Cidr cidr)
                ? new OwnedBlock(block.Pool, cidr, block.Owner, block.Epoch, entry.ModRevision)
                : throw new StoreException($"{entry.Key} holds a block with cidr \"{block.Cidr}\"");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new StoreException($"{entry.Key} does not hold a block: {e.Message}", e);
        }
    }
}
