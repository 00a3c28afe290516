using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads RTM_NEWNEXTHOP and RTM_DELNEXTHOP.</summary>
internal static class NexthopDecoder
{
    private const int HeaderSize = 8;        // struct nhmsg

    /// <summary>The nexthop, or null for another message.</summary>
    public static NexthopInfo? Decode(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewNexthop or RouteMessageType.DeleteNexthop))
        {
            return null;
        }
        NexthopHeader header = message.Header<NexthopHeader>();
        var nexthop = new NexthopInfo
        {
            Family = WireAddress.FromWire(header.Family),
            Protocol = header.Protocol,
            Flags = header.Flags,
        };
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case NexthopAttribute.Id:
                    nexthop.Id = attribute.UInt32;
                    break;
                case NexthopAttribute.Group:
                    nexthop.Group = ReadGroup(attribute.Value);
                    break;
                case NexthopAttribute.Blackhole:
                    nexthop.Blackhole = true;
                    break;
                case NexthopAttribute.OutputInterface:
                    nexthop.LinkIndex = attribute.Int32;
                    break;
                case NexthopAttribute.Gateway:
                    nexthop.Gateway = WireAddress.ReadAddress(attribute);
                    break;
            }
        }
        return nexthop;
    }

    private static NexthopMember[] ReadGroup(ReadOnlySpan<byte> value)
    {
        int size = Unsafe.SizeOf<NexthopGroupEntry>();
        var members = new NexthopMember[value.Length / size];
        for (int i = 0; i < members.Length; i++)
        {
            NexthopGroupEntry entry = MemoryMarshal.Read<NexthopGroupEntry>(value[(i * size)..]);
            members[i] = new NexthopMember(entry.Id, entry.Weight + (entry.WeightHigh << 8) + 1);
        }
        return members;
    }
}
