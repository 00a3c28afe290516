using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// Follows who owns which block, of all nodes: claims, releases and transfers, which are few. What containers do within a block is not in the store, and reaches
/// nobody. What it knows outlives a store that does not answer, is empty, or went back in time, and one key that cannot be read takes away no block, not even
/// its own. Thread-safe.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="health">Where it says how it is.</param>
/// <param name="time">For retries.</param>
/// <param name="logger">Where keys are named that cannot be read.</param>
/// <param name="kind">Which keys; null: blocks.</param>
internal sealed class BlockDirectory(IStore store, HealthBoard health, TimeProvider time, ILogger<BlockDirectory> logger, OwnershipKeys? kind = null)
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly OwnershipKeys _kind = kind ?? OwnershipKeys.Blocks;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _unusable = new(StringComparer.Ordinal);  // by key: what is wrong. Of the following loop's alone
    private long _listedAt;     // revision of the last list
    private BlockSnapshot _current = BlockSnapshot.Empty;
    private TaskCompletionSource _changed = NewSignal();
    private string? _kept;      // why missing blocks are kept, or null

    /// <summary>Told, on a loop that must not be blocked, of each deletion with the owners of what was deleted. May be null.</summary>
    public Action<IReadOnlyCollection<uint>>? Deleted { get; init; }

    /// <summary>The newest knowledge.</summary>
    public BlockSnapshot Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary><see cref="Current"/> at once, then the newest after each change; a slow reader misses those in between.</summary>
    public async IAsyncEnumerable<BlockSnapshot> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            BlockSnapshot now;
            lock (_lock)
            {
                (now, changed) = (_current, _changed.Task);
            }
            yield return now;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Reads all blocks. Not to be called while <see cref="RunAsync"/> runs.</summary>
    /// <returns>The revision that it holds for.</returns>
    /// <exception cref="StoreException">The store did not answer; what was known stays.</exception>
    public async Task<long> LoadAsync(CancellationToken cancellationToken)
    {
        StoreRange range = await store.RangeAsync(_kind.Prefix, cancellationToken);
        BlockSnapshot before = Current;
        _unusable.Clear();
        ImmutableSortedDictionary<string, OwnedBlock>.Builder blocks = before.ByKey.ToBuilder();
        HashSet<string> listed = [.. range.Entries.Select(e => e.Key)];
        string[] missing = [.. before.ByKey.Keys.Where(key => !listed.Contains(key))];
        _kept = missing.Length == 0 ? null
            : range.Entries.Count == 0 ? $"the store lists no {_kind.Noun} any more; {missing.Length} stay routed as they were"
            : range.Revision < before.Revision ? $"the store went back from revision {before.Revision} to {range.Revision}; {missing.Length} {_kind.Noun}s that it does not list stay routed as they were"
            : null;
        if (_kept is null)
        {
            blocks.RemoveRange(missing);
        }
        foreach (StoreEntry entry in range.Entries)
        {
            Take(blocks, entry);
        }
        _listedAt = range.Revision;
        Publish(before.With(blocks.ToImmutable(), [.. missing, .. listed], range.Revision));
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
                await foreach (WatchBatch batch in store.WatchAsync(_kind.Prefix, fromRevision, cancellationToken))
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
                health.Degraded(_kind.Condition, $"the store does not answer ({e.Message}): {Current.ByKey.Count} known {_kind.Noun}s stay routed as they were; {e.NextStep}");
                OverlayLog.StoreAway(logger, e.Message);
                mustLoad = true;
                await Task.Delay(StoreRetry, time, cancellationToken);
            }
        }
    }

    private void Take(WatchBatch batch)
    {
        BlockSnapshot before = Current;
        ImmutableSortedDictionary<string, OwnedBlock>.Builder blocks = before.ByKey.ToBuilder();
        // A list may have been newer than where the watch goes on: what it told already must not be undone in passing. What is newer than the list is of a history that
        // the store lost, and kept until it knows better.
        StoreChange[] news = [.. batch.Changes.Where(
            c => !before.ByKey.TryGetValue(c.Key, out OwnedBlock? known) || known.ModRevision <= batch.Revision || known.ModRevision > _listedAt)];
        string[] deleted = [.. news.Where(c => c.Entry is null).Select(c => c.Key)];
        if (deleted.Length > 0)
        {
            Deleted?.Invoke([.. deleted.Select(key => before.ByKey.GetValueOrDefault(key)?.Owner ?? 0)]);
        }
        // A node gives up its own blocks. Those of several nodes at once are somebody's hand in the store.
        if (deleted.Select(key => before.ByKey.GetValueOrDefault(key)?.Owner).Distinct().Count() > 1)
        {
            _kept = $"{deleted.Length} {_kind.Noun}s of several nodes were deleted at once, from {deleted[0]} to {deleted[^1]}; they stay routed as they were";
        }
        else
        {
            blocks.RemoveRange(deleted);
            Array.ForEach(deleted, key => _unusable.Remove(key));
        }
        foreach (StoreEntry entry in news.Select(c => c.Entry).OfType<StoreEntry>())
        {
            Take(blocks, entry);
        }
        Publish(before.With(blocks.ToImmutable(), batch.Changes.Select(c => c.Key), batch.Revision));
    }

    private void Take(ImmutableSortedDictionary<string, OwnedBlock>.Builder blocks, StoreEntry entry)
    {
        if (_kind.TryRead(entry, out OwnedBlock? block, out string? problem))
        {
            _unusable.Remove(entry.Key);
            blocks[entry.Key] = block;
        }
        else
        {
            _unusable[entry.Key] = problem;
            OverlayLog.UnusableBlock(logger, entry.Key, problem);
            if (!blocks.ContainsKey(entry.Key) && store.Remembered(entry.Key) is { } was && _kind.TryRead(was, out OwnedBlock? before, out _))
            {
                blocks[entry.Key] = before;
            }
        }
    }

    private void Publish(BlockSnapshot next)
    {
        Report(next);
        TaskCompletionSource? changed = null;
        lock (_lock)
        {
            // A collection to which nothing was done stays the same object.
            if (!ReferenceEquals(next.ByKey, _current.ByKey))
            {
                (changed, _changed) = (_changed, NewSignal());
            }
            _current = next;
        }
        changed?.SetResult();
    }

    private void Report(BlockSnapshot next)
    {
        if (_unusable.Count > 0)
        {
            (string key, string problem) = _unusable.First();
            string more = _unusable.Count == 1 ? "" : $", and {_unusable.Count - 1} more";
            health.Degraded(_kind.Condition, $"the key {key} {problem}{more}; what was known before stays. Restore the key, or delete it if nobody uses the {_kind.Noun}");
        }
        else if (_kept is not null)
        {
            health.Degraded(_kind.Condition, $"{_kept}; each node puts back its own, and what is of a node that is gone for good goes when weftd is restarted");
        }
        else
        {
            health.Ok(_kind.Condition, $"{next.ByKey.Count} of {next.Owners} nodes");
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
