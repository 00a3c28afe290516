using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Store.Recovery;

/// <summary>
/// Puts back what all nodes share into a store that lost it: the cluster record, which begins a new history, and what people configured. Only what is not there is
/// written, so many nodes may do it at once; what is there otherwise stands, and is named. But of nodes their numbers tell what is later (<see cref="NodeSuccession"/>), and one that was
/// forgotten stays so. Each node's own part (blocks, containers) follows from the record
/// (docs/decisions/0020-lost-store.md).
/// </summary>
/// <param name="store">The store itself, not a copy of it.</param>
/// <param name="logger">Where it is told.</param>
internal sealed class StoreRecovery(IStore store, ILogger logger)
{
    /// <summary>What is put back, besides the cluster record: what no node writes for itself. A copy of more is of no use.</summary>
    public static readonly IReadOnlyList<string> Prefixes =
    [
        StoreKeys.NodeNumbers, StoreKeys.LastNodeNumber, StoreKeys.Nodes, StoreKeys.NetworkNumbers, StoreKeys.Networks, StoreKeys.Pools, StoreKeys.Reservations, StoreKeys.Imports, StoreKeys.Configuration,
        StoreKeys.Namespaces, StoreKeys.NetworkSets, StoreKeys.Policies,
    ];

    private const int KeysAtOnce = 40;
    private const int MostShown = 5;

    /// <summary>Makes the store hold this cluster again.</summary>
    /// <param name="known">The cluster record as it was.</param>
    /// <param name="isOlder">Whether the store is known to be older than what was read from it.</param>
    /// <param name="knownRevision">Up to which <paramref name="entries"/> were known, in the history of <paramref name="known"/>.</param>
    /// <param name="entries">What was known; those of <see cref="Prefixes"/> are put back.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The record that is in force.</returns>
    /// <exception cref="StoreRegressedException">The store belongs to another cluster: nothing was written.</exception>
    /// <exception cref="StoreException">The store did not answer; call it again.</exception>
    public async Task<ClusterState> RunAsync(
        Cluster known, bool isOlder, long knownRevision, IReadOnlyCollection<StoreEntry> entries, CancellationToken cancellationToken)
    {
        while (true)
        {
            ClusterState cluster = await BeginAsync(known, isOlder, cancellationToken);
            if (!cluster.IsGathering || IsRestored(cluster.Record, known.History, knownRevision))
            {
                return cluster;     // somebody who knew as much has done it
            }
            StoreEntry[] shared = [.. entries.Where(e => Prefixes.Any(p => e.Key.StartsWith(p, StringComparison.Ordinal)))];
            if (await PutBackAsync(shared, cluster, cancellationToken) is { } conflicts)
            {
                Cluster record = cluster.Record.Clone();
                (record.RestoredHistory, record.RestoredRevision) = (known.History, knownRevision);
                TxnResult done = await store.TxnAsync(new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision).Put(StoreKeys.Cluster, record.ToByteArray()), cancellationToken);
                if (done.Succeeded)
                {
                    // From here on nobody who knew less puts anything back.
                    await ForgetAsync(shared, done.Revision, cancellationToken);
                    if (conflicts.Count > 0)
                    {
                        RecoveryLog.Conflicts(logger, conflicts.Count, string.Join(", ", conflicts.Take(MostShown)));
                    }
                    RecoveryLog.PutBack(logger, shared.Length, knownRevision);
                    return new ClusterState(record, done.Revision);
                }
            }
            isOlder = false;        // the record is of a new history by now
        }
    }

    /// <summary>Whether somebody who knew a later history, or as much of the same, has put back what all share.</summary>
    private static bool IsRestored(Cluster record, string history, long revision) => record.RestoredRevision > 0
        && (record.RestoredHistory == history ? record.RestoredRevision >= revision
            : record.PastHistories.IndexOf(record.RestoredHistory) > record.PastHistories.IndexOf(history));

    /// <summary>Finds the record of a history that began after the loss, or begins one.</summary>
    private async Task<ClusterState> BeginAsync(Cluster known, bool isOlder, CancellationToken cancellationToken)
    {
        while (true)
        {
            StoreEntry? entry = await store.GetAsync(StoreKeys.Cluster, cancellationToken);
            ClusterState? found = ClusterState.TryRead(entry);
            if (entry is not null && (found is null || found.Record.Uuid != known.Uuid))
            {
                throw new StoreRegressedException(
                    $"the store holds {(found is null ? "a cluster record that cannot be read" : $"Weft cluster {found.Record.Uuid}")}, but this node belongs to {known.Uuid}", 0, entry.ModRevision)
                { NextStep = "check --etcd-endpoints; if etcd's data were lost and another node began a new cluster there, see docs/configuration.md, \"etcd's data lost\"" };
            }
            if (found is not null && (found.Record.PastHistories.Contains(known.History) || (found.History == known.History && !isOlder)))
            {
                return found;
            }
            Cluster record = known.Clone();
            record.PastHistories.Add(known.History);
            // Of another history that this node knows nothing of: two began from one backup, and one of them is itself a backup now.
            record.PastHistories.AddRange(found?.Record.PastHistories.Append(found.History).Except(record.PastHistories).ToList() ?? []);
            (record.History, record.Gathering, record.RestoredHistory, record.RestoredRevision) = (Guid.NewGuid().ToString("D"), true, "", 0);
            TxnResult begun = await store.TxnAsync(new StoreTxn().If(StoreKeys.Cluster, entry?.ModRevision ?? 0).Put(StoreKeys.Cluster, record.ToByteArray()), cancellationToken);
            if (begun.Succeeded)
            {
                RecoveryLog.Began(logger, entry is null ? "has lost its data" : "is older than what was read from it", record.History);
                return new ClusterState(record, begun.Revision);
            }
        }
    }

    /// <returns>Keys that the store has otherwise; null when the cluster record has changed meanwhile.</returns>
    private async Task<IReadOnlyList<string>?> PutBackAsync(IReadOnlyList<StoreEntry> entries, ClusterState cluster, CancellationToken cancellationToken)
    {
        List<string> conflicts = [];
        foreach (StoreEntry[] some in entries.OrderBy(e => e.Key, Utf8Order.Comparer).Chunk(KeysAtOnce))
        {
            StoreTxn creation = In(cluster);
            Array.ForEach(some, e => creation.IfAbsent(e.Key).Put(e.Key, e.Value));
            if ((await store.TxnAsync(creation, cancellationToken)).Succeeded)
            {
                continue;
            }
            foreach (StoreEntry entry in some)
            {
                if (await TryPutBackAsync(entry, cluster, cancellationToken) is not { } isThere)
                {
                    return null;
                }
                if (!isThere)
                {
                    conflicts.Add(entry.Key);
                }
            }
        }
        return conflicts;
    }

    /// <returns>False when the store has the key otherwise; null when the cluster record has changed meanwhile.</returns>
    private async Task<bool?> TryPutBackAsync(StoreEntry entry, ClusterState cluster, CancellationToken cancellationToken)
    {
        while (true)
        {
            StoreEntry? present = await store.GetAsync(entry.Key, cancellationToken);
            if (present is not null && !NodeSuccession.IsLater(entry, present))
            {
                // A node's record is its own to write, and the counter is as high as anybody knew it.
                return present.Value.Span.SequenceEqual(entry.Value.Span) || entry.Key.StartsWith(StoreKeys.Nodes, StringComparison.Ordinal) || entry.Key == StoreKeys.LastNodeNumber;
            }
            if ((await store.TxnAsync(In(cluster).If(entry.Key, present?.ModRevision ?? 0).Put(entry.Key, entry.Value), cancellationToken)).Succeeded)
            {
                return true;
            }
            if ((await store.GetAsync(StoreKeys.Cluster, cancellationToken))?.ModRevision != cluster.ModRevision)
            {
                return null;
            }
        }
    }

    /// <summary>Takes away the numbers and records of nodes that were forgotten before <paramref name="known"/> was read: they are from a backup, or of somebody who knew less.</summary>
    private async Task ForgetAsync(IReadOnlyCollection<StoreEntry> known, long clusterRevision, CancellationToken cancellationToken)
    {
        foreach (StoreEntry number in NodeSuccession.Forgotten(known, await store.RangeAsync(StoreKeys.NodeNumbers, cancellationToken)).ToList())
        {
            StoreTxn txn = new StoreTxn().If(StoreKeys.Cluster, clusterRevision).If(number.Key, number.ModRevision).Delete(number.Key);
            string name = NumberHolder.Of(number).Name;
            if (await store.GetAsync(StoreKeys.Node(name), cancellationToken) is { } entry
                && KnownNode.TryRead(name, entry.Value, out KnownNode? node, out _) && node.Number == NumberHolder.NumberOf(number))
            {
                txn.If(entry.Key, entry.ModRevision).Delete(entry.Key);
            }
            if ((await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                RecoveryLog.Forgotten(logger, name, number.Key);
            }
        }
    }

    private static StoreTxn In(ClusterState cluster) => new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision);
}
