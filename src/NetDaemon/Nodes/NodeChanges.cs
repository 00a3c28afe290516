namespace Weft.NetDaemon.Nodes;

/// <summary>What is different between two snapshots, each list by name.</summary>
/// <param name="Joined">New ones.</param>
/// <param name="Left">Those that are no more, as they were.</param>
/// <param name="Changed">Those whose record differs, as they are now.</param>
internal sealed record NodeChanges(IReadOnlyList<KnownNode> Joined, IReadOnlyList<KnownNode> Left, IReadOnlyList<KnownNode> Changed)
{
    public static NodeChanges Between(NodeSnapshot before, NodeSnapshot after) => new(
        [.. after.All.Where(n => !before.ByName.ContainsKey(n.Name))],
        [.. before.All.Where(n => !after.ByName.ContainsKey(n.Name))],
        [.. after.All.Where(n => before.ByName.TryGetValue(n.Name, out KnownNode? was) && !was.Equals(n))]);
}
