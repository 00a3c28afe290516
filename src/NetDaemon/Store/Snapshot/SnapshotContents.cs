namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>What a node knew of the store.</summary>
/// <param name="ClusterUuid">Of the cluster record (see <see cref="StoreKeys.Cluster"/>); empty when there was none yet.</param>
/// <param name="SavedAt">Wall time of the node.</param>
/// <param name="Sections">One for each prefix.</param>
internal sealed record SnapshotContents(string ClusterUuid, DateTimeOffset SavedAt, IReadOnlyList<SnapshotSection> Sections);
