using System.Collections.Immutable;

namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>
/// What is known of a prefix, and how it came from what was known before. Immutable but for the link to its successor: a reader holds one and
/// waits for the next, however slow it is; what nobody holds is forgotten.
/// </summary>
/// <param name="Entries">All entries, by key.</param>
/// <param name="Revision">They held at this revision; 0: nothing has been read yet.</param>
/// <param name="Changes">Against the step before; all entries in the first one.</param>
/// <param name="FromSnapshot">Whether it is what an earlier weftd knew: nothing was read since.</param>
internal sealed record MirrorStep(ImmutableDictionary<string, StoreEntry> Entries, long Revision, IReadOnlyList<StoreChange> Changes, bool FromSnapshot)
{
    private readonly TaskCompletionSource<MirrorStep> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something has changed.</summary>
    public Task<MirrorStep> Next => _next.Task;

    public void Follow(MirrorStep next) => _next.SetResult(next);
}
