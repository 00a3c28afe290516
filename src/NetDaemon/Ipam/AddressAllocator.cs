using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>
/// Gives out the addresses of this node's blocks, in memory; what it gave is durable once the caller has put it into the
/// <see cref="AttachmentLedger"/>. The store is asked only when a block must be claimed. Thread-safe.
/// </summary>
internal sealed partial class AddressAllocator : IDisposable
{
    /// <summary>How long a released address rests where nothing else is configured.</summary>
    public static readonly TimeSpan DefaultCoolDown = TimeSpan.FromSeconds(60);

    /// <summary>How long an endpoint may come back for its former address where nothing else is configured.</summary>
    public static readonly TimeSpan DefaultKeepFor = TimeSpan.FromMinutes(5);

    // How long a pool without an unclaimed block is not looked at again while another one has room.
    private static readonly TimeSpan AllClaimedFor = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();                     // guards what the pools and strays hold; never held across a store call
    private readonly SemaphoreSlim _claiming = new(1, 1);    // one claim at a time: 20 first ADDs need one block, not 20
    private readonly Dictionary<string, NodePool> _pools = new(StringComparer.Ordinal);
    private readonly BlockClaims _claims;
    private readonly AttachmentLedger _ledger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _coolDown;
    private readonly TimeSpan _keepFor;
    private readonly BlockFence? _fence;                     // null: the store is this node's alone, and nobody else takes its blocks
    private readonly MovedAddresses? _moved;                 // null: as the fence
    private readonly DateTimeOffset _startedAt;
    private readonly long _startTimestamp;

    private AddressAllocator(BlockClaims claims, AttachmentLedger ledger, TimeProvider time, TimeSpan coolDown, TimeSpan keepFor, BlockFence? fence)
    {
        (_claims, _ledger, _time, _coolDown, _keepFor, _fence) = (claims, ledger, time, coolDown, keepFor, fence);
        _moved = fence is null ? null : claims.Moved;
        (_startedAt, _startTimestamp) = (time.GetUtcNow(), time.GetTimestamp());
    }

    // Wall time, to compare with the ledger's, but it does not jump while this process lives.
    private DateTimeOffset Now => _startedAt + _time.GetElapsedTime(_startTimestamp);

    /// <summary>Takes one address of each family that the network has a pool for, or one from each list of the wish, from the first pool by
    /// name that has one.</summary>
    /// <param name="network">The Weft Network.</param>
    /// <param name="poolsOfNetwork">All of its pools, checked by <see cref="PoolLayout.TryCreate"/> when they were made.</param>
    /// <param name="wish">What is asked for besides.</param>
    /// <param name="cancellationToken">Ends the wait for the store. Nothing is taken then.</param>
    /// <returns>The addresses, or why there are none.</returns>
    /// <exception cref="StoreException">A new block was needed, or the store's word that this node still has its blocks, and the store did not answer.
    /// Nothing was taken.</exception>
    /// <exception cref="InvalidOperationException">A pool's range or block size was changed while this node has blocks of it.</exception>
    public async ValueTask<AllocationOutcome> AllocateAsync(
        string network, IReadOnlyList<Pool> poolsOfNetwork, AddressWish wish, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(poolsOfNetwork);
        ArgumentNullException.ThrowIfNull(wish);
        List<PoolLayout> layouts = [.. poolsOfNetwork.Select(Layout).OrderBy(l => l.Name, StringComparer.Ordinal)];
        var shares = AddressShares.Of(wish, layouts);
        List<AllocatedAddress> taken = [];
        bool kept = false;
        await RequireFenceAsync(cancellationToken);
        try
        {
            foreach (IPAddress address in wish.Wanted)
            {
                IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
                if (await TakeWantedAsync(network, layouts, plain, wish, shares, cancellationToken) is { } refusal)
                {
                    return refusal;
                }
                taken.Add(shares.Last);
            }
            foreach (AddressShare share in shares.Open)
            {
                if (await TakeAnyAsync(share, cancellationToken) is { } refusal)
                {
                    return refusal;
                }
                taken.Add(share.Given!);
            }
            if (taken.Count == 0)
            {
                return new AllocationOutcome.Exhausted(AddressFamily.Unspecified, [], null, wish.Within);
            }
            kept = true;
            AddressesChanged?.Invoke();
            return new AllocationOutcome.Allocated(shares.Given);
        }
        finally
        {
            if (!kept)
            {
                ReturnUnused(network, taken.Select(t => t.Address));
            }
        }
    }

    /// <summary>Gives back addresses that no packet has used: they are as they were before they were taken. Others are passed over.</summary>
    public void ReturnUnused(string network, IEnumerable<IPAddress> addresses)
    {
        lock (_lock)
        {
            foreach (IPAddress address in addresses)
            {
                if (!ReleaseGuest(network, address) && (BlockOf(network, address) is not { } block || !block.ReturnUnused(address)))
                {
                    _strays.Remove((network, address));
                }
            }
        }
    }

    /// <summary>Gives back used addresses: they cool down. The caller has removed them from the ledger. Others are passed over.</summary>
    /// <param name="network">The Weft Network.</param>
    /// <param name="addresses">What is given back.</param>
    /// <param name="owner">Who may come back for them, as in <see cref="AddressWish.Owner"/>.</param>
    public void Release(string network, IEnumerable<IPAddress> addresses, string? owner = null)
    {
        lock (_lock)
        {
            foreach (IPAddress address in addresses)
            {
                if (ReleaseGuest(network, address))
                {
                    continue;
                }
                if (BlockOf(network, address) is { } block)
                {
                    block.Release(address, Now, owner);
                }
                else if (_strays.ContainsKey((network, address)))
                {
                    _strays[(network, address)] = new Stray(Now, owner);
                }
            }
        }
        AddressesChanged?.Invoke();
    }

    /// <summary>Addresses of this node's blocks that count as used.</summary>
    public IReadOnlySet<(string Network, IPAddress Address)> InUse()
    {
        lock (_lock)
        {
            return _pools.Values.SelectMany(p => p.InUse.Select(a => (p.Layout.Network, a))).ToHashSet();
        }
    }

    /// <summary>Called, by whoever takes or gives back addresses, after it. Must not block.</summary>
    public Action? AddressesChanged { get; set; }

    /// <summary>The attachment of this node that has an address, or null.</summary>
    /// <exception cref="StoreException">The ledger could not be read.</exception>
    public AttachmentRecord? HolderOf(string network, IPAddress address) => _ledger.FindByAddress(network, address);

    /// <summary>This node's use of pools, in the given order.</summary>
    /// <param name="pools">The pools.</param>
    /// <param name="withheld">Addresses of a network that are withheld or reserved; null: none are counted.</param>
    public IReadOnlyList<PoolUsage> Usage(IReadOnlyList<Pool> pools, Func<string, IReadOnlyCollection<IPAddress>>? withheld = null)
    {
        lock (_lock)
        {
            DateTimeOffset now = Now;
            return [.. pools.Select(p => PoolOf(Layout(p)).Usage(now, withheld?.Invoke(p.Network) ?? []))];
        }
    }

    /// <summary>Gives up this node's blocks of a pool that is being deleted. The caller sees to it that nobody allocates from it meanwhile.</summary>
    /// <returns>False, and nothing is done, while any of its addresses is in use.</returns>
    /// <exception cref="StoreException">The store did not answer; some blocks may be given up. Call it again.</exception>
    public async Task<bool> ForgetPoolAsync(string pool, CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            IReadOnlyList<OwnedBlock> blocks;
            lock (_lock)
            {
                if (!_pools.TryGetValue(pool, out NodePool? state))
                {
                    return true;
                }
                if (state.Used > 0)
                {
                    return false;
                }
                blocks = state.Owned;
            }
            await _claims.GiveUpAsync(blocks, cancellationToken);
            lock (_lock)
            {
                _pools.Remove(pool);
            }
            return true;
        }
        finally
        {
            _claiming.Release();
        }
    }

    public void Dispose() => _claiming.Dispose();

    private static PoolLayout Layout(Pool pool) =>
        PoolLayout.TryCreate(pool, out PoolLayout? layout, out IReadOnlyList<string> problems)
            ? layout
            : throw new ArgumentException($"pool {pool.Name} is not valid: {string.Join("; ", problems)}", nameof(pool));

    /// <summary>This node's part of a pool. Under the lock.</summary>
    private NodePool PoolOf(PoolLayout layout)
    {
        if (_pools.TryGetValue(layout.Name, out NodePool? pool) && pool.Layout == layout)
        {
            return pool;
        }
        if (pool is { Blocks.Count: > 0 })
        {
            throw new InvalidOperationException(
                $"pool {layout.Name} became {layout.Cidr} in blocks of /{layout.BlockSize} while this node has blocks of {pool.Layout.Cidr}");
        }
        return _pools[layout.Name] = new NodePool(layout, _coolDown);
    }

    /// <summary>This node's block that an address of a network is in, or null. Under the lock.</summary>
    private BlockAddresses? BlockOf(string network, IPAddress address)
    {
        foreach (NodePool pool in _pools.Values)
        {
            if (pool.Layout.Network == network && pool.Layout.Cidr.Contains(address))
            {
                return pool.BlockOf(address);
            }
        }
        return null;
    }
}
