using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// Follows the stored networks, pools and reservations. Readers take <see cref="Current"/>, one immutable snapshot; it is replaced whole.
/// </summary>
/// <param name="store">Where networks and pools are.</param>
/// <param name="defaultMtu">Bytes in the container, for networks that do not say.</param>
/// <param name="logger">Where unreadable objects and a store that is away are reported.</param>
internal sealed class NetworkCatalog(IStore store, int defaultMtu, ILogger<NetworkCatalog> logger)
{
    private readonly Lock _lock = new();
    private long _revision;      // of what Current was read from
    private NetworkSnapshot _read = NetworkSnapshot.Empty;       // as stored
    private int? _largestMtu;
    private volatile int _defaultMtu = defaultMtu;
    private volatile NetworkSnapshot _current = NetworkSnapshot.Empty;

    public NetworkSnapshot Current => _current;

    /// <summary>Reads everything once.</summary>
    /// <returns>The revision that it read: watch from the next.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<long> LoadAsync(CancellationToken cancellationToken)
    {
        StoreRange networks = await store.RangeAsync(StoreKeys.Networks, cancellationToken);
        StoreRange pools = await store.RangeAsync(StoreKeys.Pools, cancellationToken);
        StoreRange reservations = await store.RangeAsync(StoreKeys.Reservations, cancellationToken);
        StoreRange imports = await store.RangeAsync(StoreKeys.Imports, cancellationToken);
        ILookup<string, Pool> byNetwork = Parse(pools, Pool.Parser, RequireUsable).ToLookup(p => p.Network, StringComparer.Ordinal);
        IEnumerable<ReservationView> reserved = Parse(reservations, Reservation.Parser, ReservationView.Of)
            .Concat(Parse(imports, AddressImport.Parser, i => ReservationView.Of(i).Select(ReservationView.Of).ToList()).SelectMany(ReservationView.Of))
            .Select(ReservationView.Of);
        var read = new NetworkSnapshot(
            Parse(networks, Network.Parser, n => IPAddress.Parse(n.Gateway4)).Select(n => NetworkView.Create(n, byNetwork[n.Name], _defaultMtu)),
            new ReservationSet(reserved));
        lock (_lock)
        {
            // Two loads may overtake each other; the older one must not have the last word.
            if (networks.Revision >= _revision)
            {
                (_read, _revision) = (read, networks.Revision);
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

    private static object RequireUsable(Pool pool) => (Cidr.Parse(pool.Cidr), pool.Withheld.Select(IPAddress.Parse).ToList());

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
    private IEnumerable<T> Parse<T>(StoreRange range, MessageParser<T> parser, Func<T, object> requireUsable) where T : class, IMessage<T>
    {
        foreach (StoreEntry entry in range.Entries)
        {
            T? value = null;
            try
            {
                T read = parser.ParseFrom(entry.Value.Span);
                requireUsable(read);
                value = read;
            }
            catch (Exception e) when (e is InvalidProtocolBufferException or FormatException)
            {
                NetworkLog.Unreadable(logger, entry.Key, e.Message);
            }
            if (value is not null)
            {
                yield return value;
            }
        }
    }
}
