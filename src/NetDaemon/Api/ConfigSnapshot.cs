using Weft.Contracts.V1;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Api;

/// <summary>What people configured, as the store had it: networks, pools and reservations, and what uses them.</summary>
/// <param name="Revision">Last change of <see cref="StoreKeys.Configuration"/>, 0 when it was never written. A transaction with
/// this condition succeeds only if nobody changed a network or pool since.</param>
internal sealed record ConfigSnapshot(
    long Revision,
    IReadOnlyDictionary<string, Network> Networks,
    IReadOnlyDictionary<string, Pool> Pools,
    IReadOnlySet<uint> TakenNumbers,
    IReadOnlyList<StoreEntry> Blocks,
    IReadOnlyDictionary<string, int> EndpointsByNetwork,
    IReadOnlyDictionary<string, Reservation> Reservations,
    IReadOnlyDictionary<string, AddressImport> Imports)
{
    /// <summary>Reads it all. The revision comes first, so that a change during the reading is noticed at the transaction.</summary>
    /// <exception cref="StoreException">The store did not answer or holds what is not an object.</exception>
    public static async Task<ConfigSnapshot> ReadAsync(IStore store, CancellationToken cancellationToken)
    {
        StoreEntry? guard = await store.GetAsync(StoreKeys.Configuration, cancellationToken);
        StoreRange networks = await store.RangeAsync(StoreKeys.Networks, cancellationToken);
        StoreRange numbers = await store.RangeAsync(StoreKeys.NetworkNumbers, cancellationToken);
        StoreRange pools = await store.RangeAsync(StoreKeys.Pools, cancellationToken);
        StoreRange blocks = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        StoreRange reservations = await store.RangeAsync(StoreKeys.Reservations, cancellationToken);
        StoreRange imports = await store.RangeAsync(StoreKeys.Imports, cancellationToken);
        StoreRange endpoints = await store.RangeAsync(StoreKeys.Endpoints, cancellationToken);
        Dictionary<string, Network> networksByName = networks.Entries
            .Select(entry => StoredObject.Read(entry, Network.Parser, network => StoreKeys.Network(network.Name))).ToDictionary(network => network.Name);
        return new ConfigSnapshot(
            guard?.ModRevision ?? 0,
            networksByName,
            pools.Entries.Select(entry => StoredObject.Read(entry, Pool.Parser, pool => StoreKeys.Pool(pool.Name))).ToDictionary(pool => pool.Name),
            TakenNumbersOf(numbers, networksByName.Values),
            blocks.Entries,
            endpoints.Entries.Select(TryRead).OfType<Endpoint>().CountBy(endpoint => endpoint.Network).ToDictionary(),
            reservations.Entries.Select(entry => StoredObject.Read(entry, Reservation.Parser, reservation => StoreKeys.Reservation(reservation.Name))).ToDictionary(reservation => reservation.Name),
            imports.Entries.ToDictionary(entry => entry.Key, entry => StoredObject.Read(entry, AddressImport.Parser)));
    }

    /// <summary>The reservations that people wrote, and those that imports stand for.</summary>
    public IEnumerable<Reservation> AllReservations => Reservations.Values.Concat(Imports.Values.SelectMany(ReservationView.Of));

    /// <summary>The name of the network of a CNI configuration, whether there is one yet or not.</summary>
    public string NetworkOfConfiguration(string configuration) =>
        Networks.Values.FirstOrDefault(network => network.CniConfiguration == configuration)?.Name
        ?? ConfiguredName.Choose(configuration, name => Networks.GetValueOrDefault(name)?.CniConfiguration);

    /// <summary>The blocks of one pool.</summary>
    public IEnumerable<StoreEntry> BlocksOf(string pool) =>
        Blocks.Where(block => block.Key.StartsWith(StoreKeys.BlocksOf(pool), StringComparison.Ordinal));

    /// <summary>Network <paramref name="name"/>'s pools.</summary>
    public IEnumerable<Pool> PoolsOf(string name) => Pools.Values.Where(pool => pool.Network == name);

    // One that cannot be read is its node's to write again, and hinders nobody's change.
    private static Endpoint? TryRead(StoreEntry entry)
    {
        try
        {
            return Endpoint.Parser.ParseFrom(entry.Value.Span);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static HashSet<uint> TakenNumbersOf(StoreRange numbers, IEnumerable<Network> networks)
    {
        HashSet<uint> taken = [.. networks.Select(network => network.Number)];
        foreach (StoreEntry entry in numbers.Entries)
        {
            if (uint.TryParse(entry.Key.AsSpan(StoreKeys.NetworkNumbers.Length), null, out uint number))
            {
                taken.Add(number);
            }
        }
        return taken;
    }
}
