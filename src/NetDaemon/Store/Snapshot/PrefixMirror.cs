using System.Collections.Immutable;

namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>A copy of all keys of a prefix: as an earlier weftd left it, then as the store has it. One loop writes; reading is thread-safe.</summary>
internal sealed class PrefixMirror(string prefix, SnapshotSection? known)
{
    private volatile MirrorStep _current = First(known);
    private volatile IReadOnlyList<StoreEntry> _deletedLast = [];
    private volatile string? _history = "";

    public string Prefix { get; } = prefix;

    public MirrorStep Current => _current;

    /// <summary>All that was here, when it was deleted all at once: a whole store that is emptied is deleted so, and no node, network or block alone.</summary>
    public IReadOnlyList<StoreEntry> DeletedLast => _deletedLast;

    /// <summary>The store's history that the revisions are of; null: to be listed in any case.</summary>
    public string? History
    {
        get => _history;
        set => _history = value;
    }

    /// <summary>Whether a key, or all keys of a prefix, are copied here.</summary>
    public bool Covers(string keyOrPrefix) => keyOrPrefix.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Takes in what a watch delivered; a batch without changes only moves the revision on.</summary>
    public void Apply(WatchBatch batch)
    {
        ImmutableDictionary<string, StoreEntry> before = _current.Entries;
        if (!before.IsEmpty && batch.Changes.Where(c => c.Entry is null).Select(c => c.Key).Distinct().Count(before.ContainsKey) == before.Count)
        {
            _deletedLast = [.. before.Values];
        }
        Step(batch.Changes, Math.Max(batch.Revision, _current.Revision));
    }

    /// <summary>Undoes the last deletion, where nothing came after it.</summary>
    public void KeepDeleted()
    {
        List<StoreChange> kept = [.. DeletedLast.Where(e => !_current.Entries.ContainsKey(e.Key)).Select(e => new StoreChange(e.Key, e))];
        _deletedLast = [];
        if (kept.Count > 0)
        {
            Step(kept, _current.Revision);
        }
    }

    /// <summary>Takes in a whole list of a store that may not know all yet: what is missing stays.</summary>
    public void Merge(StoreRange range) =>
        Step([.. range.Entries.Where(e => !IsSame(_current.Entries.GetValueOrDefault(e.Key), e)).Select(e => new StoreChange(e.Key, e))], range.Revision);

    /// <summary>Takes in a whole list: what differs in value or revision is changed, what is missing is deleted.</summary>
    public void Replace(StoreRange range)
    {
        ImmutableDictionary<string, StoreEntry> before = _current.Entries;
        List<StoreChange> changes = [.. range.Entries.Where(e => !IsSame(before.GetValueOrDefault(e.Key), e)).Select(e => new StoreChange(e.Key, e))];
        HashSet<string> present = [.. range.Entries.Select(e => e.Key)];
        changes.AddRange(before.Keys.Where(k => !present.Contains(k)).Order(Utf8Order.Comparer).Select(k => new StoreChange(k, null)));
        Step(changes, range.Revision);
    }

    public SnapshotSection ToSection()
    {
        MirrorStep step = _current;
        return new SnapshotSection(Prefix, step.Revision, [.. step.Entries.Values]);
    }

    private static MirrorStep First(SnapshotSection? known)
    {
        IReadOnlyCollection<StoreEntry> entries = known?.Entries ?? [];
        return new MirrorStep(
            entries.ToImmutableDictionary(e => e.Key, StringComparer.Ordinal), known?.Revision ?? 0, Changes(entries), FromSnapshot: true);
    }

    private static List<StoreChange> Changes(IEnumerable<StoreEntry> entries) =>
        [.. entries.OrderBy(e => e.Key, Utf8Order.Comparer).Select(e => new StoreChange(e.Key, e))];

    private static bool IsSame(StoreEntry? before, StoreEntry now) =>
        before is not null && before.ModRevision == now.ModRevision && before.Value.Span.SequenceEqual(now.Value.Span);

    private void Step(IReadOnlyList<StoreChange> changes, long revision)
    {
        MirrorStep before = _current;
        ImmutableDictionary<string, StoreEntry>.Builder entries = before.Entries.ToBuilder();
        foreach (StoreChange change in changes)
        {
            if (change.Entry is { } entry)
            {
                // Followers are told of it; who starts later is told what was known before.
                if (ReadableValues.Is(entry) || !entries.ContainsKey(change.Key))
                {
                    entries[change.Key] = entry;
                }
            }
            else
            {
                entries.Remove(change.Key);
            }
        }
        var next = new MirrorStep(entries.ToImmutable(), revision, changes, FromSnapshot: false);
        _current = next;
        before.Follow(next);
    }
}
