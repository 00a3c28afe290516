using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// Follows the stored networks, pools and reservations. Readers take <see cref="Current"/>, one immutable snapshot; it is replaced whole.
/// </summary>
/// <param name="store">Where networks and pools are.</param>
/// <param name="defaultMtu">Bytes in the container, for networks that do not say.</param>
/// <param name="logger">Where unreadable objects and a store that is away are reported.</param>
internal sealed class NetworkCatalog(IStore store, int defaultMtu, ILogger<NetworkCatalog> logger)
{
    private const uint MaximumVni = (1 << 24) - 1;
    private const uint MaximumMtu = 65535;

    private readonly Lock _lock = new();
    private long _begun;         // loads, counted as they begin
    private long _taken;         // the latest of them whose result is in Current
    private bool _hadCluster;
    private NetworkSnapshot _read = NetworkSnapshot.Empty;       // as stored
    private int? _largestMtu;
    private volatile int _defaultMtu = defaultMtu;
    private volatile NetworkSnapshot _current = NetworkSnapshot.Empty;

    public NetworkSnapshot Current => _current;

    /// <summary>Addresses that containers of this node have, with their networks: these networks and pools stay whatever the store has, for it does not delete what is in use.</summary>
    public Func<IEnumerable<(string Network, IPAddress Address)>> InUse { get; init; } = static () => [];

    /// <summary>Reads everything once.</summary>
    /// <returns>The revision that it read: watch from the next.</returns>
    /// <exception cref="StoreException">The store did not answer, or has lost its data. What was known stays.</exception>
    public async Task<long> LoadAsync(CancellationToken cancellationToken)
    {
        long turn = Interlocked.Increment(ref _begun);
        StoreEntry? before = await store.GetAsync(StoreKeys.Cluster, cancellationToken);
        StoreRange networks = await store.RangeAsync(StoreKeys.Networks, cancellationToken);
        StoreRange pools = await store.RangeAsync(StoreKeys.Pools, cancellationToken);
        StoreRange reservations = await store.RangeAsync(StoreKeys.Reservations, cancellationToken);
        StoreRange imports = await store.RangeAsync(StoreKeys.Imports, cancellationToken);
        // Before and after the lists: what is missing from one that was read meanwhile was deleted, and not lost.
        StoreEntry? after = await store.GetAsync(StoreKeys.Cluster, cancellationToken);
        ClusterState? cluster = ClusterState.TryRead(after);
        if (_hadCluster && (before is null || after is null || ClusterState.TryRead(before)?.History != cluster?.History || cluster is { Record: { Gathering: true, RestoredRevision: 0 } }))
        {
            throw new StoreException("the store has lost its data") { NextStep = "networks stay as they were until they are put back" };
        }
        _hadCluster = after is not null;
        List<(string Network, IPAddress Address)> inUse = [.. InUse()];
        List<Pool> parsedPools = [.. Parse(pools, Pool.Parser, p => StoreKeys.Pool(p.Name), RequireUsable)];
        parsedPools.AddRange(Kept(_read.Pools.ToList(), parsedPools, pools, p => StoreKeys.Pool(p.Name), p => inUse.Exists(u => u.Network == p.Network && Cidr.Parse(p.Cidr).Contains(u.Address))));
        ILookup<string, Pool> byNetwork = parsedPools.ToLookup(p => p.Network, StringComparer.Ordinal);
        IEnumerable<ReservationView> reserved = Parse(reservations, Reservation.Parser, r => StoreKeys.Reservation(r.Name), ReservationView.Of)
            .Concat(Parse(imports, AddressImport.Parser, i => StoreKeys.Import(i.Node, i.Name), i => ReservationView.Of(i).Select(ReservationView.Of).ToList()).SelectMany(ReservationView.Of))
            .Select(ReservationView.Of);
        List<Network> parsed = [.. Parse(networks, Network.Parser, n => StoreKeys.Network(n.Name), RequireUsable)];
        int mtu = _defaultMtu;
        List<NetworkView> kept = [.. Kept(
            _read.All, [.. parsed.Select(n => NetworkView.Create(n, [], mtu))], networks, n => StoreKeys.Network(n.Name), n => inUse.Exists(u => u.Network == n.Name))
            .Select(n => n.With(byNetwork[n.Name]))];
        IEnumerable<NetworkView> views = kept.Concat(Distinct(parsed, kept).Select(n => NetworkView.Create(n, byNetwork[n.Name], mtu)));
        var read = new NetworkSnapshot(views, new ReservationSet(reserved));
        lock (_lock)
        {
            // Two loads may overtake each other; the older one must not have the last word.
            if (turn > _taken)
            {
                (_read, _taken) = (read, turn);
                _current = Limit(read, _largestMtu);
            }
        }
        // What changed between the reads is in the watch that starts at the oldest one.
        return networks.Revision;
    }

    /// <summary>Bytes in the container, for networks that do not say. What is read from now on goes by it.</summary>
    public int DefaultMtu
    {
        get => _defaultMtu;
        set => _defaultMtu = value;
    }

    /// <summary>From now on no network's packets are larger than that, whatever it states.</summary>
    /// <param name="bytes">What the way to other nodes carries; null: there is none.</param>
    /// <returns>Whether the limit is another than before.</returns>
    public bool LimitMtu(int? bytes)
    {
        lock (_lock)
        {
            if (bytes == _largestMtu)
            {
                return false;
            }
            _largestMtu = bytes;
            _current = Limit(_read, bytes);
            return true;
        }
    }

    private static NetworkSnapshot Limit(NetworkSnapshot read, int? bytes) => bytes is not { } largest || read.All.All(n => n.Mtu <= largest)
        ? read
        : new NetworkSnapshot(read.All.Select(n => n.Mtu <= largest ? n : n with { Mtu = largest }), read.Reservations);

    private static object RequireUsable(Pool pool) => PoolLayout.TryCreate(pool, out PoolLayout? layout, out IReadOnlyList<string> problems)
        ? (layout, pool.Withheld.Select(IPAddress.Parse).ToList())
        : throw new FormatException(string.Join("; ", problems));

    private static object RequireUsable(Network network) =>
        network.Number is 0 or > GatewayAddresses.MaximumNumber ? throw new FormatException($"its number is {network.Number}")
        : network.Vni is 0 or > MaximumVni ? throw new FormatException($"its VNI is {network.Vni}")
        : network.Mtu > MaximumMtu ? throw new FormatException($"its MTU is {network.Mtu}")
        : IPAddress.Parse(network.Gateway4) is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } gateway ? gateway
        : throw new FormatException($"its gateway {network.Gateway4} is none of IPv4");

    /// <summary>Of networks with one number or VNI, the first: they would be one to the kernel.</summary>
    private List<Network> Distinct(IEnumerable<Network> networks, IReadOnlyCollection<NetworkView> first)
    {
        List<Network> distinct = [];
        foreach (Network network in networks)
        {
            string? same = first.FirstOrDefault(n => n.Number == network.Number || n.Vni == network.Vni)?.Name
                ?? distinct.Find(n => n.Number == network.Number || n.Vni == network.Vni)?.Name;
            if (same is null)
            {
                distinct.Add(network);
            }
            else
            {
                NetworkLog.Unreadable(logger, StoreKeys.Network(network.Name), $"it has the number or VNI of network {same}");
            }
        }
        return distinct;
    }

    /// <summary>What was known and cannot be read any more, where its key is still there or this node's containers use it: somebody's hand was in the store.</summary>
    private List<T> Kept<T>(IReadOnlyCollection<T> known, IReadOnlyCollection<T> read, StoreRange range, Func<T, string> keyOf, Func<T, bool> isInUse)
    {
        HashSet<string> keys = [.. read.Select(keyOf)];
        List<T> kept = [.. known.Where(k => !keys.Contains(keyOf(k)) && (isInUse(k) || range.Entries.Any(e => e.Key == keyOf(k))))];
        kept.ForEach(k => NetworkLog.Kept(logger, keyOf(k)));
        return kept;
    }

    /// <summary>Keeps <see cref="Current"/> up to date until cancelled.</summary>
    /// <param name="fromRevision">What <see cref="LoadAsync"/> returned, plus one.</param>
    /// <param name="onChange">Called after each change that was taken in.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <remarks>Watches these prefixes alone: another node's attachments must not wake this one.</remarks>
    public Task FollowAsync(long fromRevision, Func<Task> onChange, CancellationToken cancellationToken) => Task.WhenAll(
        FollowAsync(StoreKeys.Networks, fromRevision, onChange, cancellationToken),
        FollowAsync(StoreKeys.Pools, fromRevision, onChange, cancellationToken),
        FollowAsync(StoreKeys.Reservations, fromRevision, () => Task.CompletedTask, cancellationToken),
        FollowAsync(StoreKeys.Imports, fromRevision, onChange, cancellationToken));     // they, too, decide which routes there are to be

    private async Task FollowAsync(string prefix, long fromRevision, Func<Task> onChange, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (WatchBatch batch in store.WatchAsync(prefix, fromRevision, cancellationToken))
                {
                    await LoadAsync(cancellationToken);
                    await onChange();
                    fromRevision = batch.Revision + 1;      // not before: what failed is done anew
                }
            }
            catch (RevisionCompactedException)
            {
                fromRevision = await LoadAsync(cancellationToken) + 1;
                await onChange();
            }
            catch (StoreException e)
            {
                NetworkLog.StoreAway(logger, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    /// <summary>Leaves out, and reports, what cannot be used: one bad object must not take all networks with it.</summary>
    private IEnumerable<T> Parse<T>(StoreRange range, MessageParser<T> parser, Func<T, string> keyOf, Func<T, object> requireUsable) where T : class, IMessage<T>
    {
        foreach (StoreEntry entry in range.Entries)
        {
            T? value = TryParse(entry, out string problem);
            if (value is null)
            {
                NetworkLog.Unreadable(logger, entry.Key, problem);
                value = store.Remembered(entry.Key) is { } was ? TryParse(was, out _) : null;
            }
            if (value is not null)
            {
                yield return value;
            }
        }

        T? TryParse(StoreEntry entry, out string problem)
        {
            problem = "";
            try
            {
                T read = parser.ParseFrom(entry.Value.Span);
                requireUsable(read);
                problem = keyOf(read) == entry.Key ? "" : $"it is named for {keyOf(read)}";
                return problem.Length == 0 ? read : null;
            }
            catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or ArgumentException or OverflowException)
            {
                problem = e.Message;
                return null;
            }
        }
    }
}
