using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <summary>This node's blocks of one pool. Not thread-safe.</summary>
internal sealed class NodePool(PoolLayout layout, TimeSpan coolDown)
{
    private readonly SortedList<Cidr, NodeBlock> _blocks = [];

    /// <param name="Owned">As the store has it.</param>
    /// <param name="Addresses">What is in use.</param>
    private sealed record NodeBlock(OwnedBlock Owned, BlockAddresses Addresses);

    public PoolLayout Layout { get; } = layout;

    /// <summary>When the store was last found to have no unclaimed block of this pool left; null once that may have changed.</summary>
    public DateTimeOffset? AllClaimedAt { get; set; }

    /// <summary>The ranges of this node's blocks, in address order.</summary>
    public IReadOnlyCollection<Cidr> Blocks => [.. _blocks.Keys];

    public IReadOnlyList<OwnedBlock> Owned => [.. _blocks.Values.Select(b => b.Owned)];

    public int Used => _blocks.Values.Sum(b => b.Addresses.Used);

    /// <summary>Adds a block with all addresses fresh; one that is there already stays as it is.</summary>
    public BlockAddresses Add(OwnedBlock owned)
    {
        if (!_blocks.TryGetValue(owned.Cidr, out NodeBlock? block))
        {
            block = new NodeBlock(owned, new BlockAddresses(owned.Cidr, coolDown, Layout.IsReserved));
            _blocks.Add(owned.Cidr, block);
        }
        return block.Addresses;
    }

    /// <summary>The block that holds an address of this pool, or null when it is not this node's.</summary>
    public BlockAddresses? BlockOf(IPAddress address) =>
        _blocks.TryGetValue(Cidr.Containing(address, Layout.BlockSize), out NodeBlock? block) ? block.Addresses : null;

    /// <summary>Takes an address: a fresh one of the lowest block that has one, or else the one released first of all whose cool-down is over.</summary>
    public IPAddress? TryTake(BlockTurn turn)
    {
        BlockAddresses? best = null;
        DateTimeOffset bestSince = DateTimeOffset.MaxValue;
        foreach (NodeBlock block in _blocks.Values)
        {
            if (block.Addresses.HasFresh(turn))
            {
                return block.Addresses.TryTake(turn);
            }
            if (block.Addresses.ReusableSince(turn) is { } since && since < bestSince)
            {
                (best, bestSince) = (block.Addresses, since);
            }
        }
        return best?.TryTake(turn);
    }

    /// <summary>The address that an owner released last, after a moment, with the time, of those that may be given; null when there is none or somebody
    /// has it.</summary>
    public (IPAddress Address, DateTimeOffset ReleasedAt)? FormerOf(string owner, DateTimeOffset since, Func<IPAddress, bool> allows) => _blocks.Values
        .Select(b => b.Addresses.FormerOf(owner, since, allows)).OfType<(IPAddress Address, DateTimeOffset ReleasedAt)>()
        .Select(f => ((IPAddress, DateTimeOffset)?)f).MaxBy(f => f!.Value.Item2);

    /// <summary>When the first cooling address that may be given can be used again; null when there is none.</summary>
    public DateTimeOffset? NextFree(DateTimeOffset now, Func<IPAddress, bool>? allows) => _blocks.Values.Min(b => b.Addresses.NextFree(now, allows));

    /// <param name="now">Wall time.</param>
    /// <param name="withheld">Addresses of the network that are not anybody's to get.</param>
    /// <param name="within">Which addresses are counted as used, cooling and withheld; null: all.</param>
    public PoolUsage Usage(DateTimeOffset now, IReadOnlyCollection<IPAddress> withheld, Func<IPAddress, bool>? within = null)
    {
        List<BlockUsage> blocks = [.. _blocks.Values.Select(b =>
            new BlockUsage(b.Owned.Cidr, b.Owned.Epoch, b.Addresses.CountUsed(within), b.Addresses.Cooling(now, within), b.Addresses.Size))];
        int used = blocks.Sum(b => b.Used);
        int cooling = blocks.Sum(b => b.Cooling);
        int held = withheld.Distinct().Count(a => Layout.Cidr.Contains(a) && !Layout.IsReserved(a) && within?.Invoke(a) != false
            && BlockOf(a)?.IsUsedOrCooling(a, now) != true);
        return new PoolUsage(Layout.Name, Layout.Network, Layout.Cidr, used, cooling, held, Layout.Usable - (uint)(used + cooling + held), blocks);
    }
}
