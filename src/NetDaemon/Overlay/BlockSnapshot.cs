using System.Collections.Immutable;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Overlay;

/// <summary>All nodes' blocks at one moment.</summary>
internal sealed class BlockSnapshot
{
    public static readonly BlockSnapshot Empty = new(ImmutableSortedDictionary.Create<string, OwnedBlock>(StringComparer.Ordinal), 0);

    private readonly ImmutableDictionary<uint, ImmutableArray<OwnedBlock>> _byOwner;

    /// <param name="byKey">The blocks, by their keys in the store.</param>
    /// <param name="revision">The store's, up to which changes are in it.</param>
    public BlockSnapshot(ImmutableSortedDictionary<string, OwnedBlock> byKey, long revision)
        : this(byKey, revision, byKey.Values.GroupBy(b => b.Owner).ToImmutableDictionary(g => g.Key, g => g.ToImmutableArray()))
    {
    }

    private BlockSnapshot(ImmutableSortedDictionary<string, OwnedBlock> byKey, long revision, ImmutableDictionary<uint, ImmutableArray<OwnedBlock>> byOwner) =>
        (ByKey, Revision, _byOwner) = (byKey, revision, byOwner);

    /// <summary>The blocks, by their keys in the store.</summary>
    public ImmutableSortedDictionary<string, OwnedBlock> ByKey { get; }

    /// <summary>The store's, up to which changes are in it.</summary>
    public long Revision { get; }

    public IEnumerable<OwnedBlock> All => ByKey.Values;

    /// <summary>How many nodes have one.</summary>
    public int Owners => _byOwner.Count;

    /// <summary>A node's blocks, in any order; the same array for as long as none of them changes.</summary>
    public ImmutableArray<OwnedBlock> Of(uint owner) => _byOwner.GetValueOrDefault(owner, []);

    /// <summary>The snapshot after changes.</summary>
    /// <param name="byKey">The blocks after them.</param>
    /// <param name="changed">Keys of blocks that may be others than here.</param>
    /// <param name="revision">The store's.</param>
    public BlockSnapshot With(ImmutableSortedDictionary<string, OwnedBlock> byKey, IEnumerable<string> changed, long revision)
    {
        ImmutableDictionary<uint, ImmutableArray<OwnedBlock>>.Builder owners = _byOwner.ToBuilder();
        foreach (string key in changed)
        {
            (OwnedBlock? before, OwnedBlock? after) = (ByKey.GetValueOrDefault(key), byKey.GetValueOrDefault(key));
            if (Equals(before, after))
            {
                continue;
            }
            if (before is not null)
            {
                Replace(before.Owner, owners[before.Owner].Remove(before));
            }
            if (after is not null)
            {
                Replace(after.Owner, owners.GetValueOrDefault(after.Owner, []).Add(after));
            }
        }
        return new BlockSnapshot(byKey, revision, owners.ToImmutable());

        void Replace(uint owner, ImmutableArray<OwnedBlock> blocks)
        {
            if (blocks.IsEmpty)
            {
                owners.Remove(owner);
            }
            else
            {
                owners[owner] = blocks;
            }
        }
    }
}
