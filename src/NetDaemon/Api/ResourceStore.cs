using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Api;

/// <summary>Objects over the store: listing them, and changing them all or nothing. Thread-safe.</summary>
/// <remarks>
/// Changes of networks, pools and reservations are made one after another by a condition on <see cref="StoreKeys.Configuration"/>; who loses the
/// race looks again and decides anew.
/// </remarks>
internal sealed partial class ResourceStore(IStore store, IAddressUsage usage)
{
    /// <summary>Operations of one transaction (etcd's limit, see <see cref="StoreTxn"/>).</summary>
    public const int MaximumOperations = 128;

    // Each lost race means that somebody else made progress; people and scripts do not apply this often at once.
    private const int Attempts = 10;

    /// <summary>Objects of one kind, sorted by name; those with that name when one is given.</summary>
    /// <exception cref="ResourceException">No such kind, or nothing has the name.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<IReadOnlyList<Resource>> ListAsync(string kind, string name, CancellationToken cancellationToken)
    {
        List<Resource> found = kind switch
        {
            ResourceKind.Node => await ListNodesAsync(cancellationToken),
            ResourceKind.Network => await ListAsync(StoreKeys.Networks, Network.Parser, network => new Resource { Network = network }, cancellationToken),
            ResourceKind.Pool => await ListAsync(StoreKeys.Pools, Pool.Parser, pool => new Resource { Pool = pool }, cancellationToken),
            ResourceKind.Reservation => await ListReservationsAsync(cancellationToken),
            ResourceKind.Block => await ListBlocksAsync(cancellationToken),
            ResourceKind.Endpoint => await ListAsync(StoreKeys.Endpoints, Endpoint.Parser, endpoint => new Resource { Endpoint = endpoint }, cancellationToken),
            _ => throw new ResourceException(RefusalReason.Invalid, $"kind {Quoted.Text(kind)} is not known; known are {string.Join(", ", ResourceKind.All)}"),
        };
        if (name.Length == 0)
        {
            return found;
        }
        found.RemoveAll(resource => !HasName(resource, name));
        return found.Count > 0
            ? found
            : throw new ResourceException(RefusalReason.NotFound, $"{kind} {Quoted.Text(name)} does not exist; `weft get {Plural(kind)}` lists what does");
    }

    /// <summary>The word for a kind on the command line.</summary>
    private static string Plural(string kind) => kind.ToLowerInvariant() + "s";

    private async Task<List<Resource>> ListAsync<T>(
        string prefix, MessageParser<T> parser, Func<T, Resource> wrap, CancellationToken cancellationToken) where T : class, IMessage<T>
    {
        StoreRange range = await store.RangeAsync(prefix, cancellationToken);
        return [.. range.Entries.Select(entry => wrap(StoredObject.Read(entry, parser)))];
    }

    private async Task<List<Resource>> ListReservationsAsync(CancellationToken cancellationToken)
    {
        List<Resource> found = await ListAsync(StoreKeys.Reservations, Reservation.Parser, r => new Resource { Reservation = r }, cancellationToken);
        StoreRange imports = await store.RangeAsync(StoreKeys.Imports, cancellationToken);
        foreach (StoreEntry entry in imports.Entries)
        {
            found.AddRange(ReservationView.Of(StoredObject.Read(entry, AddressImport.Parser))
                .OrderBy(r => Cidr.Containing(System.Net.IPAddress.Parse(r.Addresses[0]), r.Addresses[0].Contains(':', StringComparison.Ordinal) ? 128 : 32))
                .Select(r => new Resource { Reservation = r }));
        }
        foreach (Reservation reservation in found.Select(r => r.Reservation))
        {
            reservation.InUse.AddRange(reservation.Addresses.Where(a => usage.HolderOf(reservation.Network, System.Net.IPAddress.Parse(a)) is not null));
        }
        return found;
    }

    private async Task<List<Resource>> ListBlocksAsync(CancellationToken cancellationToken)
    {
        StoreRange range = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        List<Resource> blocks = [];
        foreach (StoreEntry entry in range.Entries)
        {
            if (BlockClaims.TryRead(entry) is null)
            {
                continue;       // one key that cannot be read hides no other block; `weft ipam check` and the condition blocks name it
            }
            Block block = StoredObject.Read(entry, Block.Parser);
            AddressCounts counts = usage.OfBlock(block.Pool, block.Cidr) ?? default;
            (block.Used, block.Cooling, block.Size) = (counts.Used, counts.Cooling, counts.Size);
            blocks.Add(new Resource { Block = block });
        }
        // Keys sort 10.0.0.128 before 10.0.0.64; people expect the order of addresses.
        return [.. blocks.OrderBy(resource => resource.Block.Pool, StringComparer.Ordinal).ThenBy(resource => Cidr.Parse(resource.Block.Cidr))];
    }

    private static bool HasName(Resource resource, string name) => resource.ObjectCase switch
    {
        Resource.ObjectOneofCase.Node => resource.Node.Name == name,
        Resource.ObjectOneofCase.Network => resource.Network.Name == name,
        Resource.ObjectOneofCase.Pool => resource.Pool.Name == name,
        Resource.ObjectOneofCase.Reservation => resource.Reservation.Name == name,
        Resource.ObjectOneofCase.Block => resource.Block.Cidr == name,
        Resource.ObjectOneofCase.Endpoint =>
            resource.Endpoint.Name == name || $"{resource.Endpoint.Namespace}/{resource.Endpoint.Name}" == name,
        _ => false,
    };

    /// <summary>Runs one change until it wins or is refused.</summary>
    private async Task<T> ChangeAsync<T>(Func<ConfigSnapshot, Task<(StoreTxn? Txn, T Result)>> decide, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            ConfigSnapshot before = await ConfigSnapshot.ReadAsync(store, cancellationToken);
            (StoreTxn? txn, T result) = await decide(before);
            if (txn is null)
            {
                return result;
            }
            txn.If(StoreKeys.Configuration, before.Revision).Put(StoreKeys.Configuration, ReadOnlyMemory<byte>.Empty);
            if (txn.Operations.Count > MaximumOperations)
            {
                throw new ResourceException(RefusalReason.Invalid,
                    $"the change takes {txn.Operations.Count} writes, more than the {MaximumOperations} that are done at once; split it");
            }
            if ((await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                return result;
            }
        }
        throw new ResourceException(RefusalReason.Busy, $"others changed networks and pools {Attempts} times meanwhile; try again");
    }
}
