using System.Collections.Immutable;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Overlay;

/// <summary>All nodes' blocks at one moment.</summary>
/// <param name="ByKey">The blocks, by their keys in the store.</param>
/// <param name="Revision">The store's, up to which changes are in it.</param>
internal sealed record BlockSnapshot(ImmutableSortedDictionary<string, OwnedBlock> ByKey, long Revision)
{
    public static readonly BlockSnapshot Empty = new(ImmutableSortedDictionary.Create<string, OwnedBlock>(StringComparer.Ordinal), 0);

    public IEnumerable<OwnedBlock> All => ByKey.Values;
}
