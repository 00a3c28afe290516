using System.Net;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads RTM_NEWNEIGH and RTM_DELNEIGH: neighbours and, with family AF_BRIDGE, forwarding entries.</summary>
internal static class NeighbourDecoder
{
    private const int HeaderSize = 12;       // struct ndmsg

    /// <summary>The neighbour, or null for another message or family.</summary>
    public static NeighbourInfo? Decode(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewNeighbour or RouteMessageType.DeleteNeighbour))
        {
            return null;
        }
        NeighbourHeader header = message.Header<NeighbourHeader>();
        if (header.Family is not (WireAddress.Inet or WireAddress.Inet6))
        {
            return null;
        }
        var neighbour = new NeighbourInfo
        {
            LinkIndex = header.Index,
            State = (NeighbourState)header.State,
            Flags = (NeighbourFlags)header.Flags,
        };
        IPAddress? address = null;
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case NeighbourAttribute.Destination:
                    address = WireAddress.ReadAddress(attribute);
                    break;
                case NeighbourAttribute.LinkAddress:
                    neighbour.Mac = WireAddress.ReadMac(attribute);
                    break;
                case NeighbourAttribute.Protocol:
                    neighbour.Protocol = attribute.Byte;
                    break;
            }
        }
        neighbour.Address = address ?? throw new MalformedNetlinkException("a neighbour message has no address");
        return neighbour;
    }

    /// <summary>The forwarding entry, or null for another message or family, or one without an Ethernet address.</summary>
    public static FdbInfo? DecodeFdb(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewNeighbour or RouteMessageType.DeleteNeighbour))
        {
            return null;
        }
        NeighbourHeader header = message.Header<NeighbourHeader>();
        if (header.Family != WireAddress.Bridge)
        {
            return null;
        }
        var entry = new FdbInfo
        {
            LinkIndex = header.Index,
            State = (NeighbourState)header.State,
            Flags = (NeighbourFlags)header.Flags,
        };
        bool addressed = false;
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case NeighbourAttribute.LinkAddress when WireAddress.ReadMac(attribute) is { } mac:
                    entry.Mac = mac;
                    addressed = true;
                    break;
                case NeighbourAttribute.Destination:
                    entry.Remote = WireAddress.ReadAddress(attribute);
                    break;
                case NeighbourAttribute.Master:
                    entry.MasterIndex = attribute.Int32;
                    break;
                case NeighbourAttribute.Vlan:
                    entry.Vlan = attribute.UInt16;
                    break;
            }
        }
        return addressed ? entry : null;
    }
}
