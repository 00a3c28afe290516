using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Ipam;

/// <content>
/// A store that lost its data is told again what this node has, in the order that lets no block become two nodes':
/// <code>
/// each node   puts back the blocks that it holds beyond doubt, says so
/// all have    each puts back those that it had before a reboot, or for too long without the store, where nobody has them; says so
/// all have    blocks can be claimed again, and holding them begins anew
/// </code>
/// Until then nobody claims a block, nothing is taken from anybody, and a node gives out addresses for as long as it would have without the store.
/// </content>
internal sealed partial class AddressAllocator
{
    private volatile bool _isGathering;

    /// <summary>Whether nodes are putting back what the store lost: worth a look soon.</summary>
    public bool IsGathering
    {
        get => _isGathering;
        private set => _isGathering = value;
    }

    /// <summary>Names of the nodes that are waited for meanwhile.</summary>
    public IReadOnlyList<string> WaitsFor { get; private set; } = [];

    /// <summary>Counts the losses that this node has put its part back after.</summary>
    public int TimesPutBack { get; private set; }

    /// <summary>Puts back what is this node's. With <see cref="_claiming"/> entered.</summary>
    /// <returns>False when other nodes are to be waited for; what is held is held on.</returns>
    /// <exception cref="StoreException">The store did not answer, or this node holds nothing beyond doubt and others are to be waited for.</exception>
    private async Task<bool> TryPutBackAsync(BlockFence fence, ClusterState cluster, List<(Cidr, string)> lost, CancellationToken cancellationToken)
    {
        await _claims.RequireNumberAsync(cancellationToken);
        ILookup<bool, (PoolLayout Layout, OwnedBlock Block)> blocks = OwnedBlocks().ToLookup(b => fence.IsUp && fence.Covers(b.Block));
        foreach ((PoolLayout layout, OwnedBlock block) in blocks[true])
        {
            await PutBackAsync(layout, block, fence, cluster, lost, cancellationToken);
        }
        Gathering gathering = await _claims.ReadGatheringAsync(cluster, cancellationToken);
        if (blocks[false].Any() || HasLost())
        {
            if (!gathering.HasTold(_claims.NodeNumber, HoldStage.Certain))
            {
                await TellAsync([.. blocks[true].Select(b => (b.Layout.Name, b.Block.Cidr))], HoldStage.Certain, fence, cluster, cancellationToken);
                gathering = await _claims.ReadGatheringAsync(cluster, cancellationToken);
            }
            if (MustWait(HoldStage.Certain))
            {
                return fence.IsUp ? false : throw BlockClaims.NotGathered(gathering, HoldStage.Certain);
            }
            foreach ((PoolLayout layout, OwnedBlock block) in blocks[false])
            {
                await PutBackAsync(layout, block, null, cluster, lost, cancellationToken);
            }
            await PutBackLostAsync(cluster, cancellationToken);
        }
        await PutBackMovedAsync(cancellationToken);
        if (!gathering.HasTold(_claims.NodeNumber, HoldStage.All) || (fence.History is { } history && history != cluster.History))
        {
            await TellAsync(null, HoldStage.All, fence, cluster, cancellationToken);
            fence.PutBack(cluster.History);
            TimesPutBack++;
            BlocksChanged = true;
            gathering = await _claims.ReadGatheringAsync(cluster, cancellationToken);
        }
        if (MustWait(HoldStage.All))
        {
            return fence.IsUp ? false : throw BlockClaims.NotGathered(gathering, HoldStage.All);
        }
        if (cluster.IsGathering && !await _claims.EndGatheringAsync(cluster, cancellationToken))
        {
            throw new StoreException("nodes are putting back what the store lost") { NextStep = "weftd tries again by itself" };
        }
        if (cluster.IsGathering)
        {
            IsGathering = false;
            return false;       // what was said is of the record before
        }
        return true;

        bool MustWait(HoldStage stage)
        {
            WaitsFor = cluster.IsGathering ? gathering.Missing(stage) : [];
            return WaitsFor.Count > 0;
        }
    }

    private async Task TellAsync(
        IReadOnlyList<(string Pool, Cidr Cidr)>? only, HoldStage stage, BlockFence fence, ClusterState cluster, CancellationToken cancellationToken)
    {
        IEnumerable<OwnedBlock> blocks = OwnedBlocks().Select(b => b.Block).Where(b => only?.Contains((b.Pool, b.Cidr)) != false);
        if (!await _claims.ConfirmAsync([.. blocks], fence.Announce(cluster.History, stage), cluster, cancellationToken))
        {
            throw new StoreException("others are putting back what the store lost") { NextStep = "weftd tries again by itself" };
        }
    }

    /// <summary>Puts one block back; one that is another's now is lost.</summary>
    /// <param name="layout">Its pool.</param>
    /// <param name="block">As it was known.</param>
    /// <param name="fence">Holds it beyond doubt; null: nothing does.</param>
    /// <param name="cluster">The history that it is put into.</param>
    /// <param name="lost">Takes it when it is another's.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    private async Task PutBackAsync(
        PoolLayout layout, OwnedBlock block, BlockFence? fence, ClusterState cluster, List<(Cidr, string)> lost, CancellationToken cancellationToken)
    {
        // Once all is put back, who has a block has it rightly.
        OwnedBlock? now = await _claims.PutBackAsync(layout, block, fence is not null && cluster.IsGathering, cluster, cancellationToken);
        lock (_lock)
        {
            if (now?.Owner == _claims.NodeNumber)
            {
                bool same = now.Epoch == block.Epoch;      // a later epoch is of a time that this node knows nothing of
                if (same)
                {
                    fence?.Replace(block, now);
                }
                PoolOf(layout).Add(now, confirmed: same && fence is not null);
                return;
            }
            string why = now is null ? $"pool {layout.Name} has been deleted" : $"its block {block.Cidr} of pool {layout.Name} {WhoseBlock(now)}";
            Lose(layout, block, why);
            lost.Add((block.Cidr, why));
        }
    }

    private bool HasLost()
    {
        lock (_lock)
        {
            return _lost.Count > 0;
        }
    }

    /// <summary>Blocks that are known by the addresses alone that are in use here: this node's again, where nobody has them.</summary>
    private async Task PutBackLostAsync(ClusterState cluster, CancellationToken cancellationToken)
    {
        List<(Cidr Cidr, PoolLayout Layout)> lost;
        lock (_lock)
        {
            lost = [.. _lost.Select(l => (l.Key.Cidr, l.Value))];
        }
        foreach ((Cidr cidr, PoolLayout layout) in lost)
        {
            var block = new OwnedBlock(layout.Name, cidr, _claims.NodeNumber, 1, 0);
            if (await _claims.PutBackAsync(layout, block, isCertain: false, cluster, cancellationToken) is { } now && now.Owner == _claims.NodeNumber)
            {
                lock (_lock)
                {
                    Restore(PoolOf(layout).Add(now, confirmed: false), layout.Network);
                    _lost.Remove((layout.Name, cidr));
                    BlocksChanged = true;
                }
            }
        }
    }

    private async Task PutBackMovedAsync(CancellationToken cancellationToken)
    {
        List<(string Network, IPAddress Address)> used;
        lock (_lock)
        {
            used = [.. _guests.Where(g => g.Value).Select(g => g.Key)];
        }
        foreach ((string network, IPAddress address) in used)
        {
            await _moved!.PutBackAsync(network, address, cancellationToken);
        }
    }
}
