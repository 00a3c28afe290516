using System.Net;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Conntrack;

/// <summary>Reads conntrack messages.</summary>
internal static class ConntrackDecoder
{
    private const int HeaderSize = 4;        // struct nfgenmsg

    /// <summary>The flow, or null when it lacks a direction or is not looked for.</summary>
    /// <param name="message">IPCTNL_MSG_CT_NEW.</param>
    /// <param name="selection">Which flows are looked for; null: all.</param>
    public static ConntrackEntry? Decode(in NetlinkMessage message, ConntrackSelection? selection)
    {
        ReadOnlySpan<byte> original = [];
        ReadOnlySpan<byte> reply = [];
        (uint status, uint mark, uint timeout, uint id, ushort zone) = (0, 0, 0, 0, 0);
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case ConntrackAttribute.Original:
                    original = attribute.Value;
                    break;
                case ConntrackAttribute.Reply:
                    reply = attribute.Value;
                    break;
                case ConntrackAttribute.Status:
                    status = attribute.UInt32BigEndian;
                    break;
                case ConntrackAttribute.Mark:
                    mark = attribute.UInt32BigEndian;
                    break;
                case ConntrackAttribute.Timeout:
                    timeout = attribute.UInt32BigEndian;
                    break;
                case ConntrackAttribute.Id:
                    id = attribute.UInt32BigEndian;
                    break;
                case ConntrackAttribute.Zone:
                    zone = attribute.UInt16BigEndian;
                    break;
            }
        }
        if (selection is not null && !selection.Includes(original, reply))
        {
            return null;
        }
        return ReadTuple(original) is { } first && ReadTuple(reply) is { } second
            ? new ConntrackEntry
            {
                Original = first,
                Reply = second,
                Status = status,
                Mark = mark,
                Timeout = timeout,
                Id = id,
                Zone = zone,
            }
            : null;
    }

    private static ConntrackTuple? ReadTuple(ReadOnlySpan<byte> tuple)
    {
        (IPAddress? source, IPAddress? destination) = (null, null);
        (byte protocol, ushort sourcePort, ushort destinationPort) = (0, 0, 0);
        (ushort icmpId, byte icmpType, byte icmpCode) = (0, 0, 0);
        var parts = new AttributeReader(tuple);
        while (parts.TryRead(out NetlinkAttribute part))
        {
            if (part.Type is not (ConntrackAttribute.TupleAddresses or ConntrackAttribute.TupleProtocol))
            {
                continue;       // CTA_TUPLE_ZONE is a plain number
            }
            AttributeReader values = part.Nested;
            while (values.TryRead(out NetlinkAttribute value))
            {
                switch (part.Type, value.Type)
                {
                    case (ConntrackAttribute.TupleAddresses, ConntrackAttribute.Source4 or ConntrackAttribute.Source6):
                        source = WireAddress.ReadAddress(value);
                        break;
                    case (ConntrackAttribute.TupleAddresses, ConntrackAttribute.Destination4 or ConntrackAttribute.Destination6):
                        destination = WireAddress.ReadAddress(value);
                        break;
                    case (ConntrackAttribute.TupleProtocol, ConntrackAttribute.ProtocolNumber):
                        protocol = value.Byte;
                        break;
                    case (ConntrackAttribute.TupleProtocol, ConntrackAttribute.SourcePort):
                        sourcePort = value.UInt16BigEndian;
                        break;
                    case (ConntrackAttribute.TupleProtocol, ConntrackAttribute.DestinationPort):
                        destinationPort = value.UInt16BigEndian;
                        break;
                    case (ConntrackAttribute.TupleProtocol, ConntrackAttribute.IcmpId or ConntrackAttribute.Icmp6Id):
                        icmpId = value.UInt16BigEndian;
                        break;
                    case (ConntrackAttribute.TupleProtocol, ConntrackAttribute.IcmpType or ConntrackAttribute.Icmp6Type):
                        icmpType = value.Byte;
                        break;
                    case (ConntrackAttribute.TupleProtocol, ConntrackAttribute.IcmpCode or ConntrackAttribute.Icmp6Code):
                        icmpCode = value.Byte;
                        break;
                }
            }
        }
        return source is null || destination is null
            ? null
            : new ConntrackTuple(source, destination, protocol, sourcePort, destinationPort)
            {
                IcmpId = icmpId,
                IcmpType = icmpType,
                IcmpCode = icmpCode,
            };
    }
}
