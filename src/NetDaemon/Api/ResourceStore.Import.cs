using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Api;

/// <content>Addresses that another plugin's containers have.</content>
internal sealed partial class ResourceStore
{
    /// <summary>Most addresses of one import: it is one record of the store, which takes 1.5 MB.</summary>
    public const int MaximumImport = 8192;

    private const int LongestImportName = 255;   // of a directory

    /// <summary>
    /// Takes addresses over: all of them or none. What was imported under the name before is replaced; but what was freed since is not held again
    /// for the same container, for the files that say so are not Weft's to remove.
    /// </summary>
    /// <param name="node">Name of the node whose containers they are of.</param>
    /// <param name="bootId">The node's, now.</param>
    /// <param name="request">What is held.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="ResourceException">Refused; every problem is in the message, one a line.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public Task<ImportReply> ImportAsync(string node, string bootId, ImportRequest request, CancellationToken cancellationToken) =>
        StillAsync(() => ChangeAsync(before => Task.FromResult(PlanImport(before, node, bootId, request)), cancellationToken), cancellationToken);

    /// <summary>Ends an import.</summary>
    /// <returns>How many addresses are free again.</returns>
    /// <exception cref="ResourceException">There is none of that name.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<uint> ForgetImportAsync(string node, string name, CancellationToken cancellationToken)
    {
        uint freed = await ChangeAsync(before =>
        {
            string key = StoreKeys.Import(node, name);
            return before.Imports.TryGetValue(key, out AddressImport? import)
                ? Task.FromResult(((StoreTxn?)new StoreTxn().Delete(key), (uint)import.Addresses.Count))
                : throw new ResourceException(RefusalReason.NotFound,
                    $"nothing is imported as {Quoted.Text(name)} on node {node}; `weft get reservations -o wide` lists what is");
        }, cancellationToken);
        await usage.RefreshAsync(cancellationToken);
        return freed;
    }

    /// <summary>Frees imported addresses of a node.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="isGone">Which of an import are not in use any more.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>How many.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<int> ReleaseImportedAsync(string node, Func<AddressImport, HeldAddress, bool> isGone, CancellationToken cancellationToken)
    {
        int freed = await ChangeAsync(before =>
        {
            var txn = new StoreTxn();
            int count = RemoveHeld(txn, before, (import, held) => import.Node == node && isGone(import, held));
            return Task.FromResult((count == 0 ? null : (StoreTxn?)txn, count));
        }, cancellationToken);
        await usage.RefreshAsync(cancellationToken);
        return freed;
    }

    private (StoreTxn? Txn, ImportReply Reply) PlanImport(ConfigSnapshot before, string node, string bootId, ImportRequest request)
    {
        CheckImportName(request);
        string network = NetworkOf(before, request);
        string key = StoreKeys.Import(node, request.Name);
        AddressImport? old = before.Imports.GetValueOrDefault(key);
        var wanted = new AddressImport { Name = request.Name, Node = node, Network = network, BootId = bootId };
        HashSet<HeldAddress> released = [.. old?.Released ?? []];
        var checks = new ReservationChecks(
            [.. before.Pools.Values],
            before.Reservations.Values.Concat(before.Imports.Where(i => i.Key != key).SelectMany(i => ReservationView.Of(i.Value))),
            usage.HolderOf);
        var reply = new ImportReply { Network = network };
        HashSet<IPAddress> seen = [];
        foreach (HeldAddress held in request.Addresses)
        {
            if (released.Contains(held) || IsAttached(network, held))
            {
                wanted.Released.Add(held);
            }
            else if (WhyUnusable(checks, network, held, seen) is { } problem)
            {
                reply.Unusable.Add(problem);
            }
            else
            {
                wanted.Addresses.Add(held);
            }
        }
        if (reply.Unusable.Count > 0 && !request.SkipUnusable && !request.DryRun)
        {
            throw new ResourceException(RefusalReason.Invalid, string.Join('\n', reply.Unusable.Take(ProblemList.Shown))
                + $"\nnothing was imported: {reply.Unusable.Count} of {request.Addresses.Count} address(es) cannot be held; mend that, or leave them out (`weft import ... --skip-broken`)"
                + WithoutNetwork(before, request));
        }
        HashSet<HeldAddress> former = [.. old?.Addresses ?? []];
        reply.Kept = (uint)wanted.Addresses.Count(former.Contains);
        reply.Added = (uint)wanted.Addresses.Count - reply.Kept;
        reply.Removed = (uint)former.Count - reply.Kept;
        reply.Released = (uint)wanted.Released.Count;
        bool empty = wanted.Addresses.Count + wanted.Released.Count == 0;
        bool same = wanted.Equals(old) || (old is null && empty);
        return (request.DryRun || same ? null : empty
            ? new StoreTxn().Delete(key)
            : new StoreTxn().Put(key, wanted.ToByteArray()), reply);
    }

    /// <summary>Whether the very container has the address from Weft by now.</summary>
    private bool IsAttached(string network, HeldAddress held) => AddressNumber.TryParse(held.Address, out IPAddress? address)
        && usage.HolderOf(network, address) is { } holder
        && holder.ContainerId == held.ContainerId && (held.InterfaceName.Length == 0 || held.InterfaceName == holder.InterfaceName);

    private static void CheckImportName(ImportRequest request)
    {
        if (!ReservationFields.IsContainerId(request.Name) || request.Name.Length > LongestImportName)
        {
            throw new ResourceException(RefusalReason.Invalid,
                $"{Quoted.Text(request.Name)} is not the name of a CNI configuration; give the directory under the name that the configuration has");
        }
        if (request.Addresses.Count > MaximumImport)
        {
            throw new ResourceException(RefusalReason.Invalid, $"{request.Addresses.Count} addresses are more than the {MaximumImport} of one import");
        }
    }

    /// <summary>What a configuration's network would have to be called, when there is none and nobody named another.</summary>
    private static string WithoutNetwork(ConfigSnapshot before, ImportRequest request) =>
        request.Network.Length > 0 || before.NetworkOfConfiguration(request.Name) is not { } configured || before.Networks.ContainsKey(configured) ? ""
            : $"\nthere is no network for CNI configuration {Quoted.Text(request.Name)}: apply Network \"{configured}\" with a Pool for each of its subnets first "
                + "(`weft apply -f FILE`; the gateway in spec.withheld), and import again";

    private static string NetworkOf(ConfigSnapshot before, ImportRequest request)
    {
        string configured = before.NetworkOfConfiguration(request.Name);
        string network = request.Network.Length > 0 ? request.Network
            : before.Networks.ContainsKey(configured) ? configured
            : NetworkSnapshot.DefaultName;
        return before.Networks.ContainsKey(network) ? network : throw new ResourceException(RefusalReason.Invalid,
            $"network {Quoted.Text(network)} does not exist; apply it with a Pool of the addresses first, or name another with --network"
                + WithoutNetwork(before, request));
    }

    private static string? WhyUnusable(ReservationChecks checks, string network, HeldAddress held, HashSet<IPAddress> seen)
    {
        if (!AddressNumber.TryParse(held.Address, out IPAddress? address) || address.ToString() != held.Address)
        {
            return $"{Quoted.Text(held.Address)} is not an address";
        }
        if (!ReservationFields.IsContainerId(held.ContainerId) || (held.InterfaceName.Length > 0 && !ReservationFields.IsInterfaceName(held.InterfaceName)))
        {
            return $"{address} is held by {Quoted.Text(held.ContainerId)}, {Quoted.Text(held.InterfaceName)}, which is no container and interface";
        }
        if (!seen.Add(address))
        {
            return $"{address} is given twice";
        }
        var reservation = new Reservation { Network = network, ContainerId = held.ContainerId, InterfaceName = held.InterfaceName, Addresses = { held.Address } };
        return checks.WhyNotOfPool(network, address) ?? checks.WhyReserved(reservation, address) ?? checks.WhyInUse(reservation, address);
    }

    private static void RemoveImported(StoreTxn txn, ConfigSnapshot before, Func<Reservation, bool> isGone)
    {
        HashSet<string> gone = [.. before.Imports.Values.SelectMany(ReservationView.Of).Where(isGone).Select(r => r.Addresses[0])];
        if (gone.Count > 0)
        {
            RemoveHeld(txn, before, (_, held) => gone.Contains(held.Address));
        }
    }

    private static int RemoveHeld(StoreTxn txn, ConfigSnapshot before, Func<AddressImport, HeldAddress, bool> isGone)
    {
        int count = 0;
        foreach ((string key, AddressImport import) in before.Imports)
        {
            AddressImport left = import.Clone();
            left.Addresses.Clear();
            left.Addresses.AddRange(import.Addresses.Where(held => !isGone(import, held)));
            int freed = import.Addresses.Count - left.Addresses.Count;
            if (freed > 0)
            {
                // Kept until an import comes without them.
                left.Released.AddRange(import.Addresses.Where(held => isGone(import, held)));
                txn.Put(key, left.ToByteArray());
            }
            count += freed;
        }
        return count;
    }
}
