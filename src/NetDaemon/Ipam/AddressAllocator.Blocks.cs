using System.Net;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Ipam;

internal sealed partial class AddressAllocator
{
    // How often blocks are looked at again when they change while they are confirmed.
    private const int ConfirmAttempts = 3;

    // Blocks with addresses in use here that the store says are not this node's, or does not say: looked at again and again. Under the lock.
    private readonly Dictionary<(string Pool, Cidr Cidr), PoolLayout> _lost = [];
    private volatile bool _mayOwnMore;     // a call's answer was lost: the store may have a block for this node that it does not know of

    /// <summary>Whether blocks came or went since it was last set to false.</summary>
    public bool BlocksChanged { get; set; }

    /// <summary>Until when new addresses may be given out without the store, from now; null: for ever.</summary>
    public TimeSpan? FenceLeft => _fence is null ? null : _fence.Left ?? TimeSpan.Zero;

    /// <summary>Whether an address is in a block that the store has confirmed as this node's.</summary>
    public bool MayGiveOut(string network, IPAddress address)
    {
        lock (_lock)
        {
            return _pools.Values.Any(p => p.Layout.Network == network && p.Layout.Cidr.Contains(address) && p.IsConfirmed(address));
        }
    }

    /// <summary>Addresses that this node can give out without the store.</summary>
    public int Available
    {
        get
        {
            lock (_lock)
            {
                DateTimeOffset now = Now;
                return _pools.Values.Sum(p => p.Room(now, now).Sum(r => r.Available));
            }
        }
    }

    /// <summary>
    /// Asks the store whether this node still has its blocks; if so, their addresses may be given out for a while from now. What it has no more is given
    /// up, and addresses in use there become conflicts; what it has again comes back. Without a fence: nothing.
    /// </summary>
    /// <returns>Blocks that were lost now, with why.</returns>
    /// <exception cref="StoreException">The store did not answer, or blocks changed again and again. What was known stays.</exception>
    public async Task<IReadOnlyList<(Cidr Block, string Reason)>> ConfirmAsync(CancellationToken cancellationToken)
    {
        if (_fence is null)
        {
            return [];
        }
        List<(Cidr, string)> lost = [];
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            for (int attempt = 0; attempt < ConfirmAttempts; attempt++)
            {
                ClusterState? cluster = await _claims.ReadClusterAsync(cancellationToken);
                IsGathering = cluster is { IsGathering: true };
                if (cluster is not null && (IsGathering || _fence.History is { } history && history != cluster.History)
                    && !await TryPutBackAsync(_fence, cluster, lost, cancellationToken))
                {
                    if (IsGathering)
                    {
                        return lost;
                    }
                    continue;
                }
                IReadOnlyList<(PoolLayout Layout, OwnedBlock Block)> blocks = OwnedBlocks();
                Contracts.V1.BlockHold said = _fence.Announce(cluster?.History ?? "");
                if (await _claims.ConfirmAsync([.. blocks.Select(b => b.Block)], said, cluster, cancellationToken))
                {
                    Confirmed(said, blocks);
                    await FindOthersAsync(cancellationToken);
                    return lost;
                }
                foreach ((PoolLayout layout, OwnedBlock block) in blocks)
                {
                    if (await LookAgainAsync(layout, block, cluster, cancellationToken) is { } why)
                    {
                        lost.Add((block.Cidr, why));
                    }
                }
            }
        }
        catch (NodeNumberLostException) when (!IsGathering)
        {
            await LoseTakenAsync(cancellationToken);
            throw;
        }
        finally
        {
            _claiming.Release();
        }
        throw new StoreException("the store has other blocks for this node each time it is asked") { NextStep = "see `weft ipam check`" };
    }

    /// <summary>Claims a block ahead in each pool of which this node gives out addresses and has less than a quarter of a block left.</summary>
    /// <returns>How many were claimed.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<int> ClaimHeadRoomAsync(CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            int claimed = 0;
            foreach (PoolLayout layout in WithoutHeadRoom())
            {
                IReadOnlyCollection<Cidr> known;
                lock (_lock)
                {
                    known = PoolOf(layout).Blocks;
                }
                claimed += await ClaimNextAsync(layout, known, [], ofAll: true, cancellationToken) ? 1 : 0;
            }
            return claimed;
        }
        finally
        {
            _claiming.Release();
        }
    }

    /// <summary>Gives back blocks of which no address is in use, rests or is kept for anybody, where the others have a whole block's room.</summary>
    /// <param name="all">Every block of which no address is in use or rests: nobody gets one here any more.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>Which.</returns>
    /// <exception cref="StoreException">The store did not answer; the block is not used any more.</exception>
    /// <exception cref="IOException">This node's own state cannot be written; nothing was given back.</exception>
    public async Task<IReadOnlyList<Cidr>> ReleaseSpareAsync(bool all, CancellationToken cancellationToken)
    {
        List<Cidr> released = [];
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            ClusterState? cluster = await _claims.ReadClusterAsync(cancellationToken);
            if (cluster is not null && (cluster.IsGathering || cluster.History != _fence?.History))
            {
                return [];      // revisions of what this node has are of another history
            }
            while (TakeOutSpare(all) is { } spare)
            {
                try
                {
                    if (!await _claims.GiveBackAsync(spare, cluster, cancellationToken))
                    {
                        _mayOwnMore = true;     // by the next look at the store
                        break;
                    }
                }
                catch (StoreException)
                {
                    _mayOwnMore = true;
                    throw;
                }
                released.Add(spare.Cidr);
            }
            return released;
        }
        finally
        {
            _claiming.Release();
        }
    }

    /// <summary>Nothing may be given out while others may have taken the blocks.</summary>
    private async ValueTask RequireFenceAsync(CancellationToken cancellationToken)
    {
        if (_fence is null || _fence.IsUp)
        {
            return;
        }
        try
        {
            await ConfirmAsync(cancellationToken);
        }
        catch (StoreException e)
        {
            throw new StoreException($"this node may give out no addresses until the store has confirmed its blocks, which it has not "
                + (_fence.Left is null ? "since the node was booted" : $"for {_fence.Hold.TotalHours:0.##} h") + $" ({e.Message})", e) { NextStep = e.NextStep };
        }
        if (!_fence.IsUp)
        {
            throw NotConfirmed("this node's blocks");
        }
    }

    private static StoreException NotConfirmed(string what) =>
        new($"the store has not confirmed {what} for too long") { NextStep = "see `weft status` for the store; what runs is not affected" };

    private IReadOnlyList<(PoolLayout Layout, OwnedBlock Block)> OwnedBlocks()
    {
        lock (_lock)
        {
            return [.. _pools.Values.SelectMany(p => p.Owned.Select(b => (p.Layout, b)))];
        }
    }

    private void Confirmed(Contracts.V1.BlockHold said, IReadOnlyList<(PoolLayout Layout, OwnedBlock Block)> blocks)
    {
        lock (_lock)
        {
            foreach ((PoolLayout layout, OwnedBlock block) in blocks)
            {
                if (_pools.TryGetValue(layout.Name, out NodePool? pool))
                {
                    pool.Confirm(block);
                }
            }
        }
        _fence!.Confirmed(said, blocks.Select(b => b.Block));
    }

    /// <summary>Why a block is not this node's any more; null when it is.</summary>
    private async Task<string?> LookAgainAsync(PoolLayout layout, OwnedBlock block, ClusterState? cluster, CancellationToken cancellationToken)
    {
        // One whose key somebody deleted is put back as it was; one that was taken, and that nobody has, is claimed again.
        OwnedBlock? now = await _claims.FindAsync(block.Pool, block.Cidr, cancellationToken) is not { } present
            ? cluster is null ? await _claims.ClaimAsync(layout, block.Cidr, cancellationToken) : await _claims.PutBackAsync(layout, block, isCertain: false, cluster, cancellationToken)
            : present.IsFree ? await _claims.ClaimAsync(layout, block.Cidr, cancellationToken) : present;
        lock (_lock)
        {
            if (now?.Owner == _claims.NodeNumber)
            {
                // Not confirmed by this: it may be the answer of a copy. The next attempt does.
                PoolOf(layout).Add(now, confirmed: false);
                return null;
            }
            string why = now is null ? $"pool {layout.Name} has been deleted" : $"its block {block.Cidr} of pool {layout.Name} {WhoseBlock(now)}";
            Lose(layout, block, why);
            return why;
        }
    }

    /// <summary>A node that was forgotten gives out nothing of blocks that were taken from it, and names what is in use there.</summary>
    private async Task LoseTakenAsync(CancellationToken cancellationToken)
    {
        foreach ((PoolLayout layout, OwnedBlock block) in OwnedBlocks())
        {
            if (await _claims.FindAsync(block.Pool, block.Cidr, cancellationToken) is { } now && now.Owner != _claims.NodeNumber)
            {
                lock (_lock)
                {
                    Lose(layout, block, $"its block {block.Cidr} of pool {layout.Name} {WhoseBlock(now)}");
                }
            }
        }
    }

    /// <summary>Takes a block out of use; what is in use there becomes a conflict. Under the lock.</summary>
    private void Lose(PoolLayout layout, OwnedBlock block, string why)
    {
        if (!_pools.TryGetValue(layout.Name, out NodePool? pool) || pool.Remove(block.Cidr) is not { } addresses)
        {
            return;
        }
        BlocksChanged = true;
        _lost[(layout.Name, block.Cidr)] = layout;
        foreach (IPAddress address in addresses.InUse)
        {
            _strays[(layout.Network, address)] = default;
            _conflicts.RemoveAll(c => c.Network == layout.Network && c.Address.Equals(address));
            _conflicts.Add(new ConflictingAddress(layout.Network, address, why));
        }
        foreach ((IPAddress address, DateTimeOffset at, string? owner) in addresses.Released)
        {
            _strays[(layout.Network, address)] = new Stray(at, owner);
        }
    }

    /// <summary>Finds blocks that this node has and does not know of, and those that it lost and nobody has now.</summary>
    private async Task FindOthersAsync(CancellationToken cancellationToken)
    {
        if (_mayOwnMore)
        {
            _mayOwnMore = false;
            try
            {
                foreach (OwnedBlock block in await _claims.ListOwnAsync(cancellationToken))
                {
                    if (LayoutOfUnknown(block) is { } layout && await _claims.ClaimAsync(layout, block.Cidr, cancellationToken) is { } own && own.Owner == _claims.NodeNumber)
                    {
                        Find(own);
                    }
                }
            }
            catch (StoreException)
            {
                _mayOwnMore = true;
                throw;
            }
        }
        List<((string Pool, Cidr Cidr) Key, PoolLayout Layout)> lost;
        lock (_lock)
        {
            foreach ((string, Cidr) unused in _lost.Keys.Where(k => !_strays.Any(s => s.Value.ReleasedAt is null && s.Key.Network == _lost[k].Network && k.Cidr.Contains(s.Key.Address))).ToList())
            {
                _lost.Remove(unused);
            }
            lost = [.. _lost.Select(l => (l.Key, l.Value))];
        }
        foreach (((string pool, Cidr cidr), PoolLayout layout) in lost)
        {
            if (await _claims.ClaimAsync(layout, cidr, cancellationToken) is { } block && block.Owner == _claims.NodeNumber)
            {
                Find(block);
            }
        }
    }

    /// <summary>The pool of a block that this node does not know of; null when it knows it, or there is no such pool.</summary>
    private PoolLayout? LayoutOfUnknown(OwnedBlock block)
    {
        lock (_lock)
        {
            return _pools.TryGetValue(block.Pool, out NodePool? pool) && pool.Layout.Cidr.Contains(block.Cidr)
                && pool.Layout.BlockSize == block.Cidr.PrefixLength && !pool.Blocks.Contains(block.Cidr) ? pool.Layout : null;
        }
    }

    private void Find(OwnedBlock block)
    {
        lock (_lock)
        {
            if (_pools.TryGetValue(block.Pool, out NodePool? pool))
            {
                AddBlock(pool, block);
            }
        }
    }

    /// <summary>Pools of which this node gives out addresses, and is short of them. Each by itself: not every pool is for every endpoint.</summary>
    private List<PoolLayout> WithoutHeadRoom()
    {
        lock (_lock)
        {
            DateTimeOffset now = Now;
            return
            [
                .. _pools.Values
                    .Where(p => p.Blocks.Count > 0 && (p.AllClaimedAt is not { } at || now - at >= AllClaimedFor))
                    .Where(p => p.Room(now, now).Sum(r => r.Available) < Math.Max(1, SizeOf(p.Layout) / 4))
                    .Select(p => p.Layout),
            ];
        }
    }

    /// <summary>Takes one block out of use that is not needed; null when there is none.</summary>
    private OwnedBlock? TakeOutSpare(bool all)
    {
        lock (_lock)
        {
            DateTimeOffset now = Now;
            DateTimeOffset idleSince = now - (!all && _keepFor > _coolDown ? _keepFor : _coolDown);
            foreach (NodePool pool in _pools.Values)
            {
                IReadOnlyList<(OwnedBlock Block, int Available, bool IsIdle)> rooms = pool.Room(now, idleSince);
                int available = rooms.Sum(r => r.Available);
                // The last one first, so that what a node has stays together at the lower end.
                foreach ((OwnedBlock block, int own, bool idle) in rooms.Reverse())
                {
                    if (idle && (all || available - own >= SizeOf(pool.Layout)))
                    {
                        _fence?.Remove(block);      // before the store: it may be another node's at once
                        pool.Remove(block.Cidr);
                        pool.AllClaimedAt = null;
                        BlocksChanged = true;
                        return block;
                    }
                }
            }
        }
        return null;
    }

    private static int SizeOf(PoolLayout layout) => 1 << (layout.Cidr.Width - layout.BlockSize);
}
