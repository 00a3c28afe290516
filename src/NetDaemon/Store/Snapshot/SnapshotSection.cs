namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>What was known of one prefix.</summary>
/// <param name="Prefix">Its keys start with it.</param>
/// <param name="Revision">All entries as of this revision.</param>
/// <param name="Entries">Any order.</param>
internal sealed record SnapshotSection(string Prefix, long Revision, IReadOnlyCollection<StoreEntry> Entries);
