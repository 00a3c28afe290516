using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Ethtool;

/// <summary>The bit sets of a FEATURES_GET reply, each a list of the names that are set.</summary>
internal sealed class FeatureSets
{
    private readonly HashSet<string> _hardware = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wanted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _active = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fixed = new(StringComparer.Ordinal);

    public void Read(AttributeReader attributes)
    {
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case EthtoolConstants.Hardware:
                    ReadNames(attribute.Nested, _hardware);
                    break;
                case EthtoolConstants.Wanted:
                    ReadNames(attribute.Nested, _wanted);
                    break;
                case EthtoolConstants.Active:
                    ReadNames(attribute.Nested, _active);
                    break;
                case EthtoolConstants.NoChange:
                    ReadNames(attribute.Nested, _fixed);
                    break;
            }
        }
    }

    public List<OffloadFeature> ToList()
    {
        var names = new SortedSet<string>(_hardware, StringComparer.Ordinal);
        names.UnionWith(_wanted);
        names.UnionWith(_active);
        var features = new List<OffloadFeature>(names.Count);
        foreach (string name in names)
        {
            features.Add(new OffloadFeature(
                name, _active.Contains(name), _wanted.Contains(name), _hardware.Contains(name) && !_fixed.Contains(name)));
        }
        return features;
    }

    private static void ReadNames(AttributeReader set, HashSet<string> names)
    {
        while (set.TryRead(out NetlinkAttribute part))
        {
            if (part.Type != EthtoolConstants.Bits)
            {
                continue;
            }
            AttributeReader bits = part.Nested;
            while (bits.TryRead(out NetlinkAttribute bit))
            {
                ReadBit(bit.Nested, names);
            }
        }
    }

    private static void ReadBit(AttributeReader bit, HashSet<string> names)
    {
        while (bit.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == EthtoolConstants.BitName)
            {
                names.Add(attribute.String);
            }
        }
    }
}
