using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

internal sealed partial class AddressAllocator
{
    // Addresses of the ledger outside this node's blocks, with the time of their release, or null while in use.
    private readonly Dictionary<(string Network, IPAddress Address), Stray> _strays = [];
    private readonly List<ConflictingAddress> _conflicts = [];

    /// <summary>Addresses that attachments of this node have and should not, found at start and not released since: their block is
    /// another node's, or they are in no pool. They are given to nobody here.</summary>
    public IReadOnlyList<ConflictingAddress> Conflicts
    {
        get
        {
            lock (_lock)
            {
                return [.. _conflicts.Where(c => _strays.TryGetValue((c.Network, c.Address), out Stray stray) && stray.ReleasedAt is null)];
            }
        }
    }

    /// <summary>Builds the state from this node's blocks in the store and from the ledger. Blocks that the ledger has addresses of
    /// and nobody owns (the store was lost) are claimed again.</summary>
    /// <param name="claims">For the node's blocks.</param>
    /// <param name="ledger">The node's attachments; asked later only for messages.</param>
    /// <param name="pools">All pools of all networks.</param>
    /// <param name="time">The clock of cool-downs.</param>
    /// <param name="coolDown">How long a released address rests: not negative.</param>
    /// <param name="keepFor">How long an endpoint may come back for its former address; zero: it gets any.</param>
    /// <param name="fence">Until when blocks may be used without the store; null: for ever, nobody else takes them.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="StoreException">The store or the ledger could not be read.</exception>
    public static async Task<AddressAllocator> RestoreAsync(
        BlockClaims claims, AttachmentLedger ledger, IReadOnlyList<Pool> pools, TimeProvider time, TimeSpan coolDown, TimeSpan keepFor,
        BlockFence? fence, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pools);
        ArgumentNullException.ThrowIfNull(claims);
        ArgumentNullException.ThrowIfNull(ledger);
        var allocator = new AddressAllocator(claims, ledger, time, coolDown, keepFor, fence);
        foreach (Pool pool in pools)
        {
            allocator.PoolOf(Layout(pool));
        }
        foreach (OwnedBlock block in await claims.ListOwnAsync(cancellationToken))
        {
            // A block of a pool that is gone, or was cut differently, is nobody's to use.
            if (allocator._pools.TryGetValue(block.Pool, out NodePool? pool)
                && pool.Layout.Cidr.Contains(block.Cidr) && pool.Layout.BlockSize == block.Cidr.PrefixLength)
            {
                // With a fence, a list may be an old copy: it is used as far as the store confirmed it before, until it does again.
                pool.Add(block, fence?.Covers(block) != false);
            }
        }
        await allocator.FindGuestsAsync(cancellationToken);
        await allocator.RestoreAddressesAsync(ledger.LoadAll(), cancellationToken);
        try
        {
            await allocator.ConfirmAsync(cancellationToken);
        }
        catch (StoreException) when (fence is not null)
        {
            // The store is away; it has reported that. What was confirmed before holds for a while.
        }
        return allocator;
    }

    private async Task RestoreAddressesAsync(LedgerContents contents, CancellationToken cancellationToken)
    {
        foreach (AttachmentRecord attachment in contents.Attachments)
        {
            foreach (AttachmentAddress address in attachment.Addresses)
            {
                if (await RestoreAsync(attachment.WeftNetwork, address.Address, default, cancellationToken) is { } conflict)
                {
                    _conflicts.Add(new ConflictingAddress(attachment.WeftNetwork, address.Address, conflict));
                }
            }
        }
        foreach (ReleasedAddress released in contents.Released)
        {
            await RestoreAsync(released.WeftNetwork, released.Address, new Stray(released.ReleasedAt, released.Owner), cancellationToken);
        }
    }

    /// <summary>Marks an address of the ledger as used, or as released then. Returns null, or why it is not this node's.</summary>
    private async Task<string?> RestoreAsync(string network, IPAddress address, Stray stray, CancellationToken cancellationToken)
    {
        if (stray.ReleasedAt is null && _guests.ContainsKey((network, address)))
        {
            _guests[(network, address)] = true;
            return null;
        }
        _strays[(network, address)] = stray;
        NodePool? pool = _pools.Values.FirstOrDefault(p => p.Layout.Network == network && p.Layout.Cidr.Contains(address));
        if (pool is null)
        {
            return $"no pool of network {network} contains it";
        }
        if (pool.BlockOf(address) is { } own)
        {
            Restore(own, network);
            return null;
        }
        // One that only cools is no reason to take a block.
        if (stray.ReleasedAt is not null)
        {
            return null;
        }
        OwnedBlock? block;
        try
        {
            block = await ClaimBlockOfAsync(pool.Layout, address, cancellationToken);
        }
        catch (StoreException e) when (_fence is not null)
        {
            // Containers that run come first: weftd starts without knowing. The next look at the store tells.
            _lost[(pool.Layout.Name, Cidr.Containing(address, pool.Layout.BlockSize))] = pool.Layout;
            return $"whose its block is cannot be told ({e.Message})";
        }
        if (block is not null && block.Owner != _claims.NodeNumber)
        {
            _lost[(pool.Layout.Name, block.Cidr)] = pool.Layout;
        }
        return block is null ? $"pool {pool.Layout.Name} has been deleted"
            : block.Owner == _claims.NodeNumber ? null : $"its block {block.Cidr} of pool {pool.Layout.Name} {WhoseBlock(block)}";
    }

    private static string WhoseBlock(OwnedBlock block) => block.Owner == 0 ? "is in quarantine, or its key cannot be read" : $"belongs to node {block.Owner}";

    /// <summary>Adds a block that this node owns, with what the ledger knows of its addresses. Under the lock.</summary>
    private void AddBlock(NodePool pool, OwnedBlock block)
    {
        _lost.Remove((pool.Layout.Name, block.Cidr));
        _fence?.Add(block);
        Restore(pool.Add(block), pool.Layout.Network);
        BlocksChanged = true;
    }

    /// <summary>Moves strays that are in a block into it.</summary>
    private void Restore(BlockAddresses block, string network)
    {
        if (_strays.Count == 0)
        {
            return;
        }
        var found = _strays.Where(s => s.Key.Network == network && block.Block.Contains(s.Key.Address)).ToList();
        foreach (((string Network, IPAddress Address) key, Stray stray) in found.OrderBy(s => s.Value.ReleasedAt ?? default))
        {
            _ = stray.ReleasedAt is { } at ? block.RestoreReleased(key.Address, at, stray.Owner) : block.TryTake(key.Address);
            _strays.Remove(key);
        }
    }

    /// <param name="ReleasedAt">When it was released, or null while in use.</param>
    /// <param name="Owner">Who released it, or null.</param>
    private readonly record struct Stray(DateTimeOffset? ReleasedAt, string? Owner);
}
