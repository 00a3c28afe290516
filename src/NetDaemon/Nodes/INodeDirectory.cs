namespace Weft.NetDaemon.Nodes;

/// <summary>All nodes of the cluster as far as this one knows, this one among them. Thread-safe.</summary>
internal interface INodeDirectory
{
    /// <summary>The newest knowledge; never null, and empty only before anything was ever read.</summary>
    NodeSnapshot Current { get; }

    /// <summary>
    /// <see cref="Current"/> at once, then the newest after each change. A slow reader misses those in between, so it compares what it has
    /// with what it gets (<see cref="NodeChanges.Between"/>).
    /// </summary>
    IAsyncEnumerable<NodeSnapshot> FollowAsync(CancellationToken cancellationToken);
}
