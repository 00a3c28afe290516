using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <summary>This node's blocks of one pool. Not thread-safe.</summary>
internal sealed class NodePool(PoolLayout layout, TimeSpan coolDown)
{
    private readonly SortedList<Cidr, NodeBlock> _blocks = [];

    private sealed class NodeBlock(OwnedBlock owned, BlockAddresses addresses)
    {
        /// <summary>As the store has it.</summary>
        public OwnedBlock Owned { get; set; } = owned;

        /// <summary>What is in use.</summary>
        public BlockAddresses Addresses { get; } = addresses;

        /// <summary>Whether the store has said that it is this node's. Others give out nothing.</summary>
        public bool IsConfirmed { get; set; }
    }

    public PoolLayout Layout { get; } = layout;

    /// <summary>When the store was last found to have no unclaimed block of this pool left; null once that may have changed.</summary>
    public DateTimeOffset? AllClaimedAt { get; set; }

    /// <summary>The ranges of this node's blocks, in address order.</summary>
    public IReadOnlyCollection<Cidr> Blocks => [.. _blocks.Keys];

    /// <summary>The blocks as the store has them, in address order.</summary>
    public IReadOnlyList<OwnedBlock> Owned => [.. _blocks.Values.Select(b => b.Owned)];

    /// <summary>Addresses in use.</summary>
    public IEnumerable<IPAddress> InUse => _blocks.Values.SelectMany(b => b.Addresses.InUse);

    public int Used => _blocks.Values.Sum(b => b.Addresses.Used);

    /// <summary>Adds a block with all addresses fresh; of one that is there already, only what the store has of it is taken over.</summary>
    /// <param name="owned">As the store has it.</param>
    /// <param name="confirmed">Whether the store has just said so: then it may give out addresses.</param>
    public BlockAddresses Add(OwnedBlock owned, bool confirmed = true)
    {
        if (!_blocks.TryGetValue(owned.Cidr, out NodeBlock? block))
        {
            block = new NodeBlock(owned, new BlockAddresses(owned.Cidr, coolDown, Layout.IsReserved));
            _blocks.Add(owned.Cidr, block);
        }
        (block.Owned, block.IsConfirmed) = (owned, confirmed);
        return block.Addresses;
    }

    /// <summary>Lets a block that is as it is known give out addresses.</summary>
    public void Confirm(OwnedBlock owned)
    {
        if (_blocks.TryGetValue(owned.Cidr, out NodeBlock? block) && block.Owned == owned)
        {
            block.IsConfirmed = true;
        }
    }

    /// <summary>Takes a block out; null when it is not there.</summary>
    public BlockAddresses? Remove(Cidr cidr) => _blocks.Remove(cidr, out NodeBlock? block) ? block.Addresses : null;

    /// <summary>Whether the store has said that the block of an address is this node's.</summary>
    public bool IsConfirmed(IPAddress address) =>
        _blocks.TryGetValue(Cidr.Containing(address, Layout.BlockSize), out NodeBlock? block) && block.IsConfirmed;

    /// <summary>Addresses that can be given out at once, of each block that may give any.</summary>
    public IReadOnlyList<(OwnedBlock Block, int Available, bool IsIdle)> Room(DateTimeOffset now, DateTimeOffset idleSince) =>
        [.. _blocks.Values.Where(b => b.IsConfirmed).Select(b => (b.Owned, b.Addresses.Available(now), b.Addresses.IsIdleSince(idleSince)))];

    /// <summary>The block that holds an address of this pool, or null when it is not this node's.</summary>
    public BlockAddresses? BlockOf(IPAddress address) =>
        _blocks.TryGetValue(Cidr.Containing(address, Layout.BlockSize), out NodeBlock? block) ? block.Addresses : null;

    /// <summary>Takes an address: a fresh one of the lowest block that has one, or else the one released first of all whose cool-down is over.</summary>
    public IPAddress? TryTake(BlockTurn turn)
    {
        BlockAddresses? best = null;
        DateTimeOffset bestSince = DateTimeOffset.MaxValue;
        foreach (NodeBlock block in _blocks.Values.Where(b => b.IsConfirmed))
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
        .Where(b => b.IsConfirmed).Select(b => b.Addresses.FormerOf(owner, since, allows)).OfType<(IPAddress Address, DateTimeOffset ReleasedAt)>()
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
