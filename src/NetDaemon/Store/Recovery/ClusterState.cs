using Google.Protobuf;
using Weft.Contracts.V1;

namespace Weft.NetDaemon.Store.Recovery;

/// <summary>The cluster record as the store has it: which history its revisions belong to, and whether nodes are putting back what it lost.</summary>
/// <param name="Record">What it says.</param>
/// <param name="ModRevision">The store's revision that last changed it: a condition on it fails in another history.</param>
internal sealed record ClusterState(Cluster Record, long ModRevision)
{
    /// <summary>Grows new with each loss of the store's data.</summary>
    public string History => Record.History;

    /// <summary>Whether nodes may still have blocks that the store does not know of.</summary>
    public bool IsGathering => Record.Gathering;

    /// <summary>Reads it.</summary>
    /// <exception cref="StoreException">The store did not answer, or has no record: then its data are lost.</exception>
    public static async Task<ClusterState> ReadAsync(IStore store, CancellationToken cancellationToken) => Of(await store.GetAsync(StoreKeys.Cluster, cancellationToken));

    /// <summary>Reads an entry.</summary>
    /// <exception cref="StoreException">There is none, or it cannot be read.</exception>
    public static ClusterState Of(StoreEntry? entry) => TryRead(entry) ?? throw new StoreException(
        entry is null ? $"the store has no {StoreKeys.Cluster} any more: its data were lost" : $"{StoreKeys.Cluster} does not hold a cluster record")
    { NextStep = "weftd puts back what it knows by itself; see `weft status` for the store" };

    /// <summary>What an entry holds; null when that is no cluster record.</summary>
    public static ClusterState? TryRead(StoreEntry? entry)
    {
        try
        {
            return entry is not null && Cluster.Parser.ParseFrom(entry.Value.Span) is { Uuid.Length: > 0 } record ? new ClusterState(record, entry.ModRevision) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
