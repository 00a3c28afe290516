using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Api;

internal sealed partial class ResourceStore
{
    /// <summary>Makes the stored objects what these say: all of them or none.</summary>
    /// <param name="dryRun">Only say what would be done.</param>
    /// <returns>What became of each object, in the order given.</returns>
    /// <exception cref="ResourceException">Refused; every problem is in the message, one a line.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public Task<IReadOnlyList<Applied>> ApplyAsync(IReadOnlyList<DeclaredObject> objects, bool dryRun, CancellationToken cancellationToken) =>
        objects.Any(o => o is DeclaredReservation)
            ? StillAsync(() => ApplyNowAsync(objects, dryRun, cancellationToken), cancellationToken)
            : ApplyNowAsync(objects, dryRun, cancellationToken);

    private Task<IReadOnlyList<Applied>> ApplyNowAsync(IReadOnlyList<DeclaredObject> objects, bool dryRun, CancellationToken cancellationToken)
    {
        DeclaredPolicyObject[] policies = [.. objects.OfType<DeclaredPolicyObject>()];
        DeclaredObject[] others = [.. objects.Where(o => o is not DeclaredPolicyObject)];
        return others.Length == 0
            ? AttemptAsync(() => PlanAsync(null), cancellationToken, dryRun)
            : ChangeAsync(PlanAsync, cancellationToken, dryRun);

        async Task<(StoreTxn?, IReadOnlyList<Applied>)> PlanAsync(ConfigSnapshot? before)
        {
            ApplyPlan? plan = before is null ? null : ApplyPlan.Build(before, others, usage.HolderOf);
            StoreTxn txn = plan is null ? new StoreTxn() : ToTransaction(plan);
            List<Applied> ofPolicies = await ApplyPoliciesAsync(policies, txn, cancellationToken);
            await RequireNotMovedAsync(
                (plan?.Results ?? []).Where(r => r.Kind == ResourceKind.Reservation && r.Outcome == ApplyOutcome.Configured)
                    .Select(r => before!.Reservations.GetValueOrDefault(r.Name)).OfType<Reservation>(),
                dryRun ? null : txn, cancellationToken);
            return (txn.Operations.Count == 0 ? null : txn, InOrder(objects, plan?.Results ?? [], ofPolicies));
        }
    }

    /// <summary>Both lists as one, in the order of the objects; each list is in that order already.</summary>
    private static List<Applied> InOrder(IReadOnlyList<DeclaredObject> objects, IReadOnlyList<Applied> ofOthers, List<Applied> ofPolicies)
    {
        (int other, int policy) = (0, 0);
        return [.. objects.Select(o => o is DeclaredPolicyObject ? ofPolicies[policy++] : ofOthers[other++])];
    }

    /// <summary>A change of reservations: no address is taken between the look and the writing, and none after it against it.</summary>
    private Task<T> StillAsync<T>(Func<Task<T>> change, CancellationToken cancellationToken) => usage.WhileStillAsync(async () =>
    {
        T result = await change();
        await usage.RefreshAsync(cancellationToken);
        return result;
    }, cancellationToken);

    /// <summary>
    /// Applies objects together with a new cluster record, if nobody wrote that record meanwhile. False, and nothing done, when somebody did.
    /// </summary>
    /// <param name="clusterRevision">The record's last change, 0 when it does not exist.</param>
    /// <exception cref="ResourceException">Refused; every problem is in the message, one a line.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public Task<bool> ApplyWithClusterAsync(
        IReadOnlyList<DeclaredObject> objects, Cluster cluster, long clusterRevision, CancellationToken cancellationToken) =>
        ChangeAsync(async before =>
        {
            if (((await store.GetAsync(StoreKeys.Cluster, cancellationToken))?.ModRevision ?? 0) != clusterRevision)
            {
                return (null, false);
            }
            ApplyPlan plan = ApplyPlan.Build(before, objects, usage.HolderOf);
            return ((StoreTxn?)ToTransaction(plan).If(StoreKeys.Cluster, clusterRevision).Put(StoreKeys.Cluster, cluster.ToByteArray()), true);
        }, cancellationToken);

    private static StoreTxn ToTransaction(ApplyPlan plan)
    {
        var txn = new StoreTxn();
        foreach (string key in plan.Absent)
        {
            txn.IfAbsent(key);
        }
        foreach (StoreOperation.Put write in plan.Writes)
        {
            txn.Put(write.Key, write.Value);
        }
        return txn;
    }
}
