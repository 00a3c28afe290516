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
/// Changes of networks, pools and reservations are made one after another by a condition on <see cref="StoreKeys.Configuration"/>, those of policies by conditions on
/// their own keys; who loses the race looks again and decides anew.
/// </remarks>
internal sealed partial class ResourceStore(IStore store, IAddressUsage usage)
{
    /// <summary>Operations of one transaction (etcd's limit, see <see cref="StoreTxn"/>).</summary>
    public const int MaximumOperations = 128;

    // Each lost race means that somebody else made progress; people and scripts do not apply this often at once.
    private const int Attempts = 10;

    /// <summary>As <see cref="ListAsync(string, string, string, CancellationToken)"/>, of all namespaces.</summary>
    public Task<IReadOnlyList<Resource>> ListAsync(string kind, string name, CancellationToken cancellationToken) => ListAsync(kind, name, "", cancellationToken);

    /// <summary>Objects of one kind, sorted by namespace and name; those with that name, in that namespace, when one is given.</summary>
    /// <exception cref="ResourceException">No such kind, it lives in no namespace but one is given, or nothing has the name.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<IReadOnlyList<Resource>> ListAsync(string kind, string name, string home, CancellationToken cancellationToken)
    {
        if (home.Length > 0)
        {
            RequireNamespaced(kind, home);
        }
        List<Resource> found = PolicyKind.Find(kind) is { } ofPolicy ? await ListPoliciesAsync(ofPolicy, name, home, cancellationToken) : kind switch
        {
            ResourceKind.Node => await ListNodesAsync(cancellationToken),
            ResourceKind.Network => await ListAsync(StoreKeys.Networks, Network.Parser, network => new Resource { Network = network }, cancellationToken),
            ResourceKind.Pool => await ListAsync(StoreKeys.Pools, Pool.Parser, pool => new Resource { Pool = pool }, cancellationToken),
            ResourceKind.Reservation => await ListReservationsAsync(cancellationToken),
            ResourceKind.Block => await ListBlocksAsync(cancellationToken),
            ResourceKind.Endpoint => await ListAsync(StoreKeys.Endpoints, Endpoint.Parser, endpoint => new Resource { Endpoint = endpoint }, cancellationToken),
            _ => throw new ResourceException(RefusalReason.Invalid, $"kind {Quoted.Text(kind)} is not known; known are {string.Join(", ", ResourceKind.All)}"),
        };
        found.RemoveAll(resource => resource.ObjectCase == Resource.ObjectOneofCase.Endpoint && home.Length > 0 && resource.Endpoint.Namespace != home);
        if (name.Length == 0)
        {
            return found;
        }
        found.RemoveAll(resource => !HasName(resource, name));
        return found.Count > 0
            ? found
            : throw new ResourceException(RefusalReason.NotFound, DoesNotExist(kind, home.Length == 0 ? name : $"{home}/{name}"));
    }

    /// <exception cref="ResourceException">It lives in none, or there is no such kind.</exception>
    public static void RequireNamespaced(string kind, string home)
    {
        if (!ResourceKind.IsNamespaced(kind) && ResourceKind.All.Contains(kind))
        {
            throw new ResourceException(RefusalReason.Invalid, $"a {kind} lives in no namespace; leave out the namespace {Quoted.Text(home)}");
        }
    }

    private static string DoesNotExist(string kind, string name) => $"{kind} {Quoted.Text(name)} does not exist; `weft get {ResourceKind.Plural(kind)}` lists what does";

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
        _ => true,      // found by name
    };

    /// <summary>Runs one change of networks, pools or reservations until it wins or is refused.</summary>
    private Task<T> ChangeAsync<T>(Func<ConfigSnapshot, Task<(StoreTxn? Txn, T Result)>> decide, CancellationToken cancellationToken, bool dryRun = false) =>
        AttemptAsync(async () =>
        {
            ConfigSnapshot before = await ConfigSnapshot.ReadAsync(store, cancellationToken);
            (StoreTxn? txn, T result) = await decide(before);
            return (txn?.If(StoreKeys.Configuration, before.Revision).Put(StoreKeys.Configuration, ReadOnlyMemory<byte>.Empty), result);
        }, cancellationToken, dryRun);

    /// <summary>As <see cref="ChangeAsync"/>, on the transaction's own conditions alone. A dry run is refused as the change would be.</summary>
    private async Task<T> AttemptAsync<T>(Func<Task<(StoreTxn? Txn, T Result)>> decide, CancellationToken cancellationToken, bool dryRun = false)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            (StoreTxn? txn, T result) = await decide();
            if (txn is null)
            {
                return result;
            }
            RequireFits(txn);
            if (dryRun || (await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                return result;
            }
        }
        throw new ResourceException(RefusalReason.Busy, $"others changed the same {Attempts} times meanwhile; try again");
    }

    /// <summary>All or nothing is one transaction, and what a transaction takes has a limit.</summary>
    private static void RequireFits(StoreTxn txn)
    {
        if (txn.Operations.Count > MaximumOperations)
        {
            throw new ResourceException(RefusalReason.Invalid,
                $"the change takes {txn.Operations.Count} writes, more than the {MaximumOperations} that are done at once: nothing was changed; "
                + "give the files of a directory in several commands, or split the file (objects that are as stated already need no write)");
        }
    }
}
