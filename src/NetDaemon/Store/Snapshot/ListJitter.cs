namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>
/// When a node lists: nodes that lost their place at the same moment (a compaction, a restart of all) do not ask at the same moment. The window
/// grows with the number of nodes, so that what etcd has to send in a second does not grow with the square of it.
/// </summary>
internal static class ListJitter
{
    /// <summary>A node that has a copy goes on with it meanwhile, and can wait: 5,000 nodes list within 50 s.</summary>
    public static readonly TimeSpan PerNodeWithCopy = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// A node without one has nothing to do before, and mostly is the only such one: nodes lose their copies when their disks are made anew, and machines are not all made anew
    /// in a second. 5,000 nodes list within half a second.
    /// </summary>
    public static readonly TimeSpan PerNodeWithoutCopy = TimeSpan.FromMilliseconds(0.1);

    /// <param name="nodes">How many nodes the cluster has.</param>
    /// <param name="hasCopy">Whether the node knows something already.</param>
    /// <param name="random">0 to below 1.</param>
    public static TimeSpan Wait(long nodes, bool hasCopy, double random) => (hasCopy ? PerNodeWithCopy : PerNodeWithoutCopy) * (nodes * random);
}
