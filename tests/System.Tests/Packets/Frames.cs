using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using PacketDotNet;

namespace Weft.SystemTests.Packets;

/// <summary>Builds Ethernet frames.</summary>
internal static class Frames
{
    private const ushort SourcePort = 40001;
    private const ushort TargetPort = 40002;

    /// <summary>A UDP datagram in IPv4 or IPv6.</summary>
    public static byte[] Udp(
        string sourceMac, string targetMac, string source, string target, byte[] payload, ushort sourcePort = SourcePort, ushort targetPort = TargetPort)
    {
        var udp = new UdpPacket(sourcePort, targetPort) { PayloadData = payload };
        IPPacket ip = Wrap(source, target, udp);
        udp.UpdateCalculatedValues();
        udp.UpdateUdpChecksum();
        return Ethernet(sourceMac, targetMac, ip);
    }

    /// <summary>Any protocol of IPv4, by its number.</summary>
    public static byte[] IPv4(string sourceMac, string targetMac, string source, string target, ProtocolType protocol, byte[] payload)
    {
        var ip = new IPv4Packet(IPAddress.Parse(source), IPAddress.Parse(target)) { Protocol = protocol, PayloadData = payload, TimeToLive = 64 };
        ip.UpdateIPChecksum();
        return Ethernet(sourceMac, targetMac, ip);
    }

    /// <summary>An ARP reply that gives an address to a MAC; the payload is in the padding.</summary>
    public static byte[] ArpReply(string mac, string address, byte[] payload)
    {
        PhysicalAddress broadcast = PhysicalAddress.Parse("FFFFFFFFFFFF");
        var arp = new ArpPacket(ArpOperation.Response, broadcast, IPAddress.Parse(address), Mac(mac), IPAddress.Parse(address));
        byte[] frame = new EthernetPacket(Mac(mac), broadcast, EthernetType.Arp) { PayloadPacket = arp }.Bytes;
        return [.. frame, .. payload];
    }

    /// <summary>An ICMPv6 message, which begins with its type; hop limit 255 as Neighbor Discovery wants it.</summary>
    public static byte[] Icmpv6(string sourceMac, string targetMac, string source, string target, byte[] message)
    {
        IPAddress from = IPAddress.Parse(source), to = IPAddress.Parse(target);
        byte[] body = [.. message];
        body[2] = body[3] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(2), Checksum(from, to, body));
        var ip = new IPv6Packet(from, to) { NextHeader = ProtocolType.IcmpV6, HopLimit = 255, PayloadData = body };
        return Ethernet(sourceMac, targetMac, ip);
    }

    /// <summary>The same frame with an 802.1Q tag.</summary>
    public static byte[] Tagged(byte[] frame, ushort vlan)
    {
        byte[] tag = [0x81, 0x00, (byte)(vlan >> 8), (byte)vlan];
        return [.. frame[..12], .. tag, .. frame[12..]];
    }

    private static IPPacket Wrap(string source, string target, TransportPacket inner)
    {
        IPAddress from = IPAddress.Parse(source), to = IPAddress.Parse(target);
        if (from.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return new IPv6Packet(from, to) { PayloadPacket = inner, HopLimit = 64 };
        }
        var ip = new IPv4Packet(from, to) { PayloadPacket = inner, TimeToLive = 64 };
        ip.UpdateIPChecksum();
        return ip;
    }

    private static byte[] Ethernet(string sourceMac, string targetMac, IPPacket ip) =>
        new EthernetPacket(Mac(sourceMac), Mac(targetMac), ip is IPv6Packet ? EthernetType.IPv6 : EthernetType.IPv4) { PayloadPacket = ip }.Bytes;

    private static PhysicalAddress Mac(string mac) => PhysicalAddress.Parse(mac.ToUpperInvariant().Replace(':', '-'));

    /// <summary>RFC 8200 section 8.1: over a pseudo-header and the message.</summary>
    private static ushort Checksum(IPAddress from, IPAddress to, byte[] message)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, message.Length);
        byte[] all = [.. from.GetAddressBytes(), .. to.GetAddressBytes(), .. length, 0, 0, 0, (byte)ProtocolType.IcmpV6, .. message, .. new byte[message.Length & 1]];
        uint sum = 0;
        for (int i = 0; i < all.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(all.AsSpan(i));
        }
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }
}
