using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// Follows the node records in the store. What it knows outlives a store that does not answer, is empty, or went back in time: a node leaves
/// only by its own deletion, or by being missing from a store that is not behind what was read before. One record that cannot be read takes
/// away no node, not even its own. Thread-safe.
/// </summary>
internal sealed class NodeDirectory(IStore store, HealthBoard health, TimeProvider time, ILogger<NodeDirectory> logger) : INodeDirectory
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _unusable = new(StringComparer.Ordinal);  // by name: what is wrong. Of the following loop's alone
    private readonly Dictionary<uint, string> _holders = [];     // of numbers: the node's name. Likewise
    private NodeSnapshot _current = NodeSnapshot.Empty;
    private TaskCompletionSource _changed = NewSignal();
    private string? _kept;      // why missing nodes are kept, or null

    public NodeSnapshot Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    public async IAsyncEnumerable<NodeSnapshot> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            NodeSnapshot now;
            lock (_lock)
            {
                (now, changed) = (_current, _changed.Task);
            }
            yield return now;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Reads all records. Not to be called while <see cref="RunAsync"/> runs.</summary>
    /// <returns>The revision that it holds for.</returns>
    /// <exception cref="StoreException">The store did not answer; what was known stays.</exception>
    public async Task<long> LoadAsync(CancellationToken cancellationToken)
    {
        StoreRange range = await store.RangeAsync(StoreKeys.Nodes, cancellationToken);
        NodeSnapshot before = Current;
        _unusable.Clear();
        ImmutableSortedDictionary<string, KnownNode>.Builder nodes = before.ByName.ToBuilder();
        HashSet<string> listed = [.. range.Entries.Select(NameOf)];
        string[] missing = [.. before.ByName.Keys.Where(name => !listed.Contains(name))];
        _kept = missing.Length == 0 ? null
            : range.Entries.Count == 0 ? $"the store lists no node any more; {missing.Length} stay as they were"
            : range.Revision < before.Revision ? $"the store went back from revision {before.Revision} to {range.Revision}; {missing.Length} nodes that it does not list stay as they were"
            : null;
        if (_kept is null)
        {
            Remove(nodes, missing);
        }
        // In the order of their making: of two with one number, the one that had it first keeps it.
        foreach (StoreEntry entry in range.Entries.OrderBy(e => e.CreateRevision))
        {
            Take(nodes, entry);
        }
        Publish(new NodeSnapshot(nodes.ToImmutable(), range.Revision));
        return range.Revision;
    }

    /// <summary>Takes in each change until cancelled.</summary>
    /// <param name="fromRevision">The first one that <see cref="LoadAsync"/> has not seen.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(long fromRevision, CancellationToken cancellationToken)
    {
        bool mustLoad = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (mustLoad)
                {
                    fromRevision = await LoadAsync(cancellationToken) + 1;
                    mustLoad = false;
                }
                await foreach (WatchBatch batch in store.WatchAsync(StoreKeys.Nodes, fromRevision, cancellationToken))
                {
                    Take(batch);
                    fromRevision = batch.Revision + 1;
                }
            }
            catch (RevisionCompactedException)
            {
                mustLoad = true;
            }
            catch (StoreException e)
            {
                health.Degraded(HealthBoard.Nodes, $"the store does not answer ({e.Message}): the {Current.ByName.Count} known nodes stay as they were; {e.NextStep}");
                NodeLog.StoreAway(logger, e.Message);
                mustLoad = true;
                await Task.Delay(StoreRetry, time, cancellationToken);
            }
        }
    }

    private void Take(WatchBatch batch)
    {
        NodeSnapshot before = Current;
        ImmutableSortedDictionary<string, KnownNode>.Builder nodes = before.ByName.ToBuilder();
        string[] deleted = [.. batch.Changes.Where(c => c.Entry is null).Select(c => c.Key[StoreKeys.Nodes.Length..])];
        // A node is forgotten alone. Several at once are somebody's hand in the store.
        if (deleted.Length > 1)
        {
            _kept = $"{deleted.Length} node records were deleted at once, from {deleted[0]} to {deleted[^1]}; the nodes stay as they were";
        }
        else
        {
            Remove(nodes, deleted);
            Array.ForEach(deleted, name => _unusable.Remove(name));
        }
        foreach (StoreEntry entry in batch.Changes.Select(c => c.Entry).OfType<StoreEntry>())
        {
            Take(nodes, entry);
        }
        Publish(new NodeSnapshot(nodes.ToImmutable(), batch.Revision));
    }

    private void Take(ImmutableSortedDictionary<string, KnownNode>.Builder nodes, StoreEntry entry)
    {
        string name = NameOf(entry);
        if (!KnownNode.TryRead(name, entry.Value, out KnownNode? node, out string? problem))
        {
            Reject(name, problem);
            if (!nodes.ContainsKey(name) && store.Remembered(entry.Key) is { } was && KnownNode.TryRead(name, was.Value, out KnownNode? remembered, out _)
                && _holders.TryAdd(remembered.Number, name))
            {
                nodes[name] = remembered;
            }
        }
        else if (_holders.TryGetValue(node.Number, out string? holder) && holder != name)
        {
            Reject(name, $"has the number {node.Number} of node {holder}");
        }
        else
        {
            _unusable.Remove(name);
            if (nodes.TryGetValue(name, out KnownNode? before))
            {
                _holders.Remove(before.Number);
            }
            nodes[name] = node;
            _holders[node.Number] = name;
        }
    }

    private void Remove(ImmutableSortedDictionary<string, KnownNode>.Builder nodes, string[] names)
    {
        foreach (string name in names)
        {
            if (nodes.TryGetValue(name, out KnownNode? node))
            {
                _holders.Remove(node.Number);
                nodes.Remove(name);
            }
        }
    }

    private void Reject(string name, string problem)
    {
        _unusable[name] = problem;
        NodeLog.Unusable(logger, name, problem);
    }

    private void Publish(NodeSnapshot next)
    {
        Report(next);
        TaskCompletionSource? changed = null;
        lock (_lock)
        {
            // Without a difference nobody is woken. Even then the revision counts: it is what an older store is told by.
            // A collection to which nothing was done stays the same object.
            if (!ReferenceEquals(next.ByName, _current.ByName))
            {
                (changed, _changed) = (_changed, NewSignal());
            }
            _current = next;
        }
        changed?.SetResult();
    }

    private void Report(NodeSnapshot next)
    {
        if (_unusable.Count > 0)
        {
            (string name, string problem) = _unusable.First();
            string more = _unusable.Count == 1 ? "" : $", and {_unusable.Count - 1} more";
            health.Degraded(HealthBoard.Nodes, $"the record of node {name} {problem}{more}; what was known before stays. Restart weftd there");
        }
        else if (_kept is not null)
        {
            health.Degraded(HealthBoard.Nodes, $"{_kept}; each node puts back its own record, and nodes that are gone for good go when weftd is restarted");
        }
        else
        {
            health.Ok(HealthBoard.Nodes, next.ByName.Count == 1 ? "1 node" : $"{next.ByName.Count} nodes");
        }
    }

    private static string NameOf(StoreEntry entry) => entry.Key[StoreKeys.Nodes.Length..];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
