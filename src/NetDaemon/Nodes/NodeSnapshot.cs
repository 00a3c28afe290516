using System.Collections.Immutable;

namespace Weft.NetDaemon.Nodes;

/// <summary>All nodes at one moment. No two have one number.</summary>
/// <param name="ByName">The nodes.</param>
/// <param name="Revision">The store's, up to which changes are in it.</param>
internal sealed record NodeSnapshot(ImmutableSortedDictionary<string, KnownNode> ByName, long Revision)
{
    public static readonly NodeSnapshot Empty = new(ImmutableSortedDictionary.Create<string, KnownNode>(StringComparer.Ordinal), 0);

    public IEnumerable<KnownNode> All => ByName.Values;
}
