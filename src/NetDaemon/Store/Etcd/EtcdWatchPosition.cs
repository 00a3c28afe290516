namespace Weft.NetDaemon.Store.Etcd;

/// <summary>How far a watch has come, over all of its streams.</summary>
internal sealed class EtcdWatchPosition(string prefix, long next)
{
    public string Prefix { get; } = prefix;

    /// <summary>The history that its revisions are of (<see cref="EtcdHistory.Generation"/>).</summary>
    public int Generation { get; init; }

    /// <summary>The revision to go on from: everything below was delivered, or did not touch the prefix.</summary>
    public long Next { get; private set; } = Math.Max(next, 1);     // 0 means "now" to etcd

    /// <summary>Everything up to and including a revision is done with.</summary>
    public void Passed(long revision) => Next = Math.Max(Next, revision + 1);
}
