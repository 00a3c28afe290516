using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Api;

internal sealed partial class ResourceStore
{
    /// <summary>
    /// Deletes objects: all of them or none. A network goes only with no pool and no endpoint left in it, a pool only with no
    /// address in use; pools and their network may go together. A pool's unused blocks go with it.
    /// </summary>
    /// <exception cref="ResourceException">Refused; every problem is in the message, one a line.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<IReadOnlyList<Deleted>> DeleteAsync(IReadOnlyList<DeclaredObject> objects, CancellationToken cancellationToken)
    {
        IReadOnlyList<Deleted> deleted = await DeleteNowAsync(objects, cancellationToken);
        if (objects.Any(o => o.Kind == ResourceKind.Reservation))
        {
            await usage.RefreshAsync(cancellationToken);
        }
        return deleted;
    }

    private Task<IReadOnlyList<Deleted>> DeleteNowAsync(IReadOnlyList<DeclaredObject> objects, CancellationToken cancellationToken)
    {
        DeclaredObject[] policies = [.. objects.Where(o => ResourceKind.OfPolicy.Contains(o.Kind))];
        DeclaredObject[] others = [.. objects.Except(policies)];
        IReadOnlyList<Deleted> deleted = [.. objects.Select(o => new Deleted { Kind = o.Kind, Name = o.FullName })];
        return others.Length == 0
            ? AttemptAsync(async () =>
            {
                var txn = new StoreTxn();
                ThrowIfMissing(await DeletePoliciesAsync(policies, txn, cancellationToken));
                return ((StoreTxn?)txn, deleted);
            }, cancellationToken)
            : ChangeAsync(async before =>
            {
                var txn = new StoreTxn();
                List<DeclaredObject> missing = await DeletePoliciesAsync(policies, txn, cancellationToken);
                ThrowIfMissing([.. objects.Where(o => missing.Contains(o) || (others.Contains(o) && !Exists(before, o)))]);
                RequireFits(txn);
                await DeleteOthersAsync(before, others, txn, cancellationToken);
                return ((StoreTxn?)txn, deleted);
            }, cancellationToken);
    }

    private async Task DeleteOthersAsync(ConfigSnapshot before, DeclaredObject[] objects, StoreTxn txn, CancellationToken cancellationToken)
    {
        HashSet<string> networks = [.. objects.Where(o => o.Kind == ResourceKind.Network).Select(o => o.Name)];
        HashSet<string> pools = [.. objects.Where(o => o.Kind == ResourceKind.Pool).Select(o => o.Name)];
        HashSet<string> reservations = [.. objects.Where(o => o.Kind == ResourceKind.Reservation).Select(o => o.Name)];
        ThrowIfUsed([
            .. networks.Select(network => WhyNetworkIsUsed(before, network, pools) ?? WhyReserved(before, network, null, reservations)),
            .. pools.Select(pool => WhyPoolIsUsed(before, pool) ?? WhyReserved(before, before.Pools[pool].Network, before.Pools[pool], reservations)),
        ]);
        await GiveUpBlocksAsync(before, pools, cancellationToken);
        DeleteReservations(txn, before, reservations);
        await RequireNotMovedAsync(reservations.Select(name => before.Reservations.GetValueOrDefault(name)).OfType<Reservation>(), txn, cancellationToken);
        foreach (string pool in pools)
        {
            txn.Delete(StoreKeys.Pool(pool));
        }
        foreach ((string key, AddressImport import) in before.Imports.Where(i => i.Value.Addresses.Count == 0 && networks.Contains(i.Value.Network)))
        {
            txn.Delete(key);   // all that is left of it is what was freed
        }
        foreach (string network in networks)
        {
            txn.Delete(StoreKeys.Network(network)).Delete(StoreKeys.NetworkNumber(before.Networks[network].Number));
        }
    }

    private static bool Exists(ConfigSnapshot before, DeclaredObject declared) => declared.Kind switch
    {
        ResourceKind.Network => before.Networks.ContainsKey(declared.Name),
        ResourceKind.Reservation => before.AllReservations.Any(r => r.Name == declared.Name),
        _ => before.Pools.ContainsKey(declared.Name),
    };

    private static void ThrowIfMissing(List<DeclaredObject> missing)
    {
        if (missing.Count > 0)
        {
            throw new ResourceException(RefusalReason.NotFound, string.Join('\n', missing.Take(ProblemList.Shown).Select(o => DoesNotExist(o.Kind, o.FullName))));
        }
    }

    private static void ThrowIfUsed(IEnumerable<string?> reasons)
    {
        List<string> used = [.. reasons.OfType<string>()];
        if (used.Count > 0)
        {
            throw new ResourceException(RefusalReason.InUse, string.Join('\n', used.Take(ProblemList.Shown)));
        }
    }

    /// <summary>Which reservation of a network, or of its one pool, stays behind; null when none does.</summary>
    private static string? WhyReserved(ConfigSnapshot before, string network, Pool? pool, HashSet<string> deletedToo)
    {
        Cidr? range = pool is null ? null : Cidr.Parse(pool.Cidr);
        Reservation? left = before.AllReservations.FirstOrDefault(r => r.Network == network && !deletedToo.Contains(r.Name)
            && (range is not { } within || r.Addresses.Any(a => within.Contains(IPAddress.Parse(a)))));
        return left is null ? null
            : $"{(pool is null ? $"Network \"{network}\"" : $"Pool \"{pool.Name}\"")} has Reservation \"{left.Name}\" ({string.Join(", ", left.Addresses)}); "
                + (left.ImportedFrom.Length == 0 ? $"delete it first, `weft delete reservation {left.Name}`"
                    : $"end its import first, `weft import host-local --forget {left.ImportedFrom}`");
    }

    private static void DeleteReservations(StoreTxn txn, ConfigSnapshot before, HashSet<string> names)
    {
        foreach (string name in names.Where(before.Reservations.ContainsKey))
        {
            txn.Delete(StoreKeys.Reservation(name));
        }
        HashSet<string> imported = [.. names.Where(name => !before.Reservations.ContainsKey(name))];
        RemoveImported(txn, before, reservation => imported.Contains(reservation.Name));
    }

    private static string? WhyNetworkIsUsed(ConfigSnapshot before, string network, HashSet<string> poolsDeletedToo)
    {
        string[] pools = [.. before.PoolsOf(network).Select(pool => pool.Name).Where(pool => !poolsDeletedToo.Contains(pool)).Order(StringComparer.Ordinal)];
        int endpoints = before.EndpointsByNetwork.GetValueOrDefault(network);
        return (pools.Length, endpoints) switch
        {
            (_, > 0) => $"Network \"{network}\" has {endpoints} endpoint(s); stop their containers first (`weft get endpoints` lists them)",
            (> 0, _) => $"Network \"{network}\" has the pool(s) {string.Join(", ", pools)}; delete them first, `weft delete pool {pools[0]}`",
            _ => null,
        };
    }

    private string? WhyPoolIsUsed(ConfigSnapshot before, string pool)
    {
        uint used = 0;
        foreach (OwnedBlock block in before.BlocksOf(pool).Select(BlockClaims.TryRead).OfType<OwnedBlock>())
        {
            if (block.Owner == 0)
            {
                continue;       // nobody's: it goes with the pool
            }
            if (usage.OfBlock(block.Pool, block.Cidr.ToString()) is not { } counts)
            {
                return $"Pool \"{pool}\" has block {block.Cidr} that node number {block.Owner} owns; stop that node's containers and weftd first";
            }
            used += counts.Used;
        }
        return used == 0 ? null : PoolInUse(pool, $"{used} address(es)");
    }

    private async Task GiveUpBlocksAsync(ConfigSnapshot before, HashSet<string> pools, CancellationToken cancellationToken)
    {
        foreach (string pool in pools.Where(pool => before.BlocksOf(pool).Any()))
        {
            if (!await usage.TryGiveUpPoolAsync(pool, cancellationToken))
            {
                throw new ResourceException(RefusalReason.InUse, PoolInUse(pool, "an address"));   // handed out since the look
            }
        }
    }

    private static string PoolInUse(string pool, string what) =>
        $"Pool \"{pool}\" has {what} in use; stop the containers first (`weft get endpoints -o wide` lists them with their addresses)";
}
