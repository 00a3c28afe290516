using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.PacketLog;

/// <summary>What a logged packet says in its headers.</summary>
/// <param name="Prefix">What the rule that logged it says.</param>
/// <param name="Source">IPv4 or IPv6 address.</param>
/// <param name="Destination">Address of the same family.</param>
/// <param name="Protocol">IP protocol number, behind IPv6 extension headers.</param>
/// <param name="SourcePort">0: it has none, or is not the first fragment.</param>
/// <param name="DestinationPort">0: likewise.</param>
public readonly record struct LoggedPacket(string Prefix, IPAddress Source, IPAddress Destination, byte Protocol, ushort SourcePort, ushort DestinationPort)
{
    private const int Ipv4Header = 20;      // RFC 791 section 3.1
    private const int Ipv6Header = 40;      // RFC 8200 section 3
    private const byte Fragment = 44;

    /// <summary>Reads the headers of a packet from its network header on; false: it is no whole IP header.</summary>
    public static bool TryRead(string prefix, ReadOnlySpan<byte> packet, out LoggedPacket read)
    {
        read = default;
        return (packet.IsEmpty ? 0 : packet[0] >> 4) switch
        {
            4 => TryRead4(prefix, packet, out read),
            6 => TryRead6(prefix, packet, out read),
            _ => false,
        };
    }

    private static bool TryRead4(string prefix, ReadOnlySpan<byte> packet, out LoggedPacket read)
    {
        read = default;
        int length = (packet[0] & 0xf) * 4;
        if (length < Ipv4Header || packet.Length < length)
        {
            return false;
        }
        bool first = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1fff) == 0;
        (ushort source, ushort destination) = first ? Ports(packet[9], packet[length..]) : default;
        read = new LoggedPacket(prefix, new IPAddress(packet.Slice(12, 4)), new IPAddress(packet.Slice(16, 4)), packet[9], source, destination);
        return true;
    }

    private static bool TryRead6(string prefix, ReadOnlySpan<byte> packet, out LoggedPacket read)
    {
        read = default;
        if (packet.Length < Ipv6Header)
        {
            return false;
        }
        byte protocol = packet[6];
        ReadOnlySpan<byte> rest = packet[Ipv6Header..];
        bool first = true;
        // Hop-by-hop, routing and destination options count their length in 8 bytes behind the first 8; a fragment header has 8.
        while (protocol is 0 or 43 or 60 or Fragment && rest.Length >= 8)
        {
            int length = protocol == Fragment ? 8 : (rest[1] + 1) * 8;
            first &= protocol != Fragment || (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) & 0xfff8) == 0;
            protocol = rest[0];
            rest = length <= rest.Length ? rest[length..] : [];
        }
        (ushort source, ushort destination) = first ? Ports(protocol, rest) : default;
        read = new LoggedPacket(prefix, new IPAddress(packet.Slice(8, 16)), new IPAddress(packet.Slice(24, 16)), protocol, source, destination);
        return true;
    }

    private static (ushort, ushort) Ports(byte protocol, ReadOnlySpan<byte> header) =>
        protocol is (byte)ProtocolType.Tcp or (byte)ProtocolType.Udp or 132 && header.Length >= 4
            ? (BinaryPrimitives.ReadUInt16BigEndian(header), BinaryPrimitives.ReadUInt16BigEndian(header[2..]))
            : default;
}
