using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// Type of a value: its size, and the number by which nft(8) knows how to print it (enum datatypes in nftables'
/// include/datatype.h; the kernel only hands the number back).
/// </summary>
public sealed class NftDataType
{
    private static readonly Dictionary<uint, NftDataType> ById = [];

    private NftDataType(uint id, string name, int length, bool hostOrder = false)
    {
        Id = id;
        Name = name;
        Length = length;
        IsHostOrder = hostOrder;
        ById.Add(id, this);
    }

    /// <summary>A verdict: the data of a verdict map.</summary>
    public static NftDataType Verdict { get; } = new(1, "verdict", 0);

    /// <summary>A netfilter family, one byte: 2 is IPv4, 10 is IPv6.</summary>
    public static NftDataType NfProto { get; } = new(2, "nf_proto", 1);

    /// <summary>A number of 4 bytes, host byte order.</summary>
    public static NftDataType Integer { get; } = new(4, "integer", 4, hostOrder: true);

    /// <summary>An IPv4 address.</summary>
    public static NftDataType Ipv4Address { get; } = new(7, "ipv4_addr", 4);

    /// <summary>An IPv6 address.</summary>
    public static NftDataType Ipv6Address { get; } = new(8, "ipv6_addr", 16);

    /// <summary>An Ethernet address.</summary>
    public static NftDataType EthernetAddress { get; } = new(9, "ether_addr", 6);

    /// <summary>An EtherType, big-endian.</summary>
    public static NftDataType EtherType { get; } = new(10, "ether_type", 2);

    /// <summary>An ARP operation, big-endian.</summary>
    public static NftDataType ArpOperation { get; } = new(11, "arp_op", 2);

    /// <summary>An IP protocol number.</summary>
    public static NftDataType InetProtocol { get; } = new(12, "inet_proto", 1);

    /// <summary>A TCP, UDP or SCTP port, big-endian.</summary>
    public static NftDataType InetService { get; } = new(13, "inet_service", 2);

    /// <summary>An ICMP type.</summary>
    public static NftDataType IcmpType { get; } = new(14, "icmp_type", 1);

    /// <summary>The flags byte of a TCP header.</summary>
    public static NftDataType TcpFlags { get; } = new(15, "tcp_flag", 1);

    /// <summary>A packet or connection mark, host byte order.</summary>
    public static NftDataType Mark { get; } = new(19, "mark", 4, hostOrder: true);

    /// <summary>An interface index, host byte order.</summary>
    public static NftDataType InterfaceIndex { get; } = new(20, "iface_index", 4, hostOrder: true);

    /// <summary>A device's type (ARPHRD_*), host byte order.</summary>
    public static NftDataType ArpHardware { get; } = new(21, "iface_type", 2, hostOrder: true);

    /// <summary>A traffic class, as of meta priority: major and minor number in 16 bits each, host byte order.</summary>
    public static NftDataType ClassId { get; } = new(23, "classid", 4, hostOrder: true);

    /// <summary>Connection tracking states, host byte order.</summary>
    public static NftDataType CtState { get; } = new(26, "ct_state", 4, hostOrder: true);

    /// <summary>Direction of a tracked connection.</summary>
    public static NftDataType CtDirection { get; } = new(27, "ct_dir", 1);

    /// <summary>Status of a tracked connection, host byte order.</summary>
    public static NftDataType CtStatus { get; } = new(28, "ct_status", 4, hostOrder: true);

    /// <summary>An ICMPv6 type.</summary>
    public static NftDataType Icmpv6Type { get; } = new(29, "icmpv6_type", 1);

    /// <summary>How a frame was addressed (PACKET_*).</summary>
    public static NftDataType PacketType { get; } = new(31, "pkt_type", 1);

    /// <summary>What an address is to the routing tables (RTN_*), host byte order.</summary>
    public static NftDataType FibAddressType { get; } = new(38, "fib_addrtype", 4, hostOrder: true);

    /// <summary>Whether something is there: 1 or 0.</summary>
    public static NftDataType Presence { get; } = new(39, "boolean", 1);

    /// <summary>An interface name, 16 bytes with zeros at the end.</summary>
    public static NftDataType InterfaceName { get; } = new(41, "ifname", 16);

    /// <summary>nft's number for it.</summary>
    public uint Id { get; }

    /// <summary>nft's name for it.</summary>
    public string Name { get; }

    /// <summary>Bytes of a value; 0 for verdicts.</summary>
    public int Length { get; }

    /// <summary>Bytes of a value within a concatenation, a multiple of 4.</summary>
    public int PaddedLength => (Length + 3) & ~3;

    /// <summary>Whether its numbers are in host byte order in registers.</summary>
    public bool IsHostOrder { get; }

    /// <summary>The type with that number, or null when it is not one of these.</summary>
    public static NftDataType? Find(uint id) => ById.GetValueOrDefault(id);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>The value as nft(8) would print it; bytes that cannot be of this type come out as hex.</summary>
    internal string Format(ReadOnlySpan<byte> value)
    {
        if (value.Length < Length)
        {
            return "0x" + Convert.ToHexStringLower(value);
        }
        value = value[..Length];
        if (this == Ipv4Address || this == Ipv6Address)
        {
            return new IPAddress(value).ToString();
        }
        if (this == EthernetAddress)
        {
            return string.Join(':', Convert.ToHexStringLower(value).Chunk(2).Select(static pair => new string(pair)));
        }
        if (this == InterfaceName)
        {
            int end = value.IndexOf((byte)0);
            return $"\"{Encoding.UTF8.GetString(end < 0 ? value : value[..end])}\"";
        }
        if (this == Mark || this == CtStatus)
        {
            return $"0x{MemoryMarshal.Read<uint>(value):x8}";
        }
        if (this == ClassId)
        {
            uint id = MemoryMarshal.Read<uint>(value);
            return $"{id >> 16:x}:{id & 0xffff:x}";
        }
        if (this == EtherType)
        {
            return NftNames.EtherType(BinaryPrimitives.ReadUInt16BigEndian(value));
        }
        if (this == InetProtocol)
        {
            return NftNames.Protocol(value[0]);
        }
        if (this == NfProto)
        {
            return value[0] switch { 2 => "ipv4", 10 => "ipv6", byte other => other.ToString(CultureInfo.InvariantCulture) };
        }
        if (this == ArpOperation)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(value) switch { 1 => "request", 2 => "reply", ushort other => $"{other}" };
        }
        if (this == CtDirection)
        {
            return value[0] == 0 ? "original" : "reply";
        }
        if (this == Presence)
        {
            return value[0] == 0 ? "missing" : "exists";
        }
        if (this == PacketType)
        {
            return value[0] switch { 0 => "host", 1 => "broadcast", 2 => "multicast", 3 => "other", byte other => $"{other}" };
        }
        if (this == IcmpType)
        {
            return NftNames.IcmpType(value[0]);
        }
        if (this == Icmpv6Type)
        {
            return NftNames.Icmpv6Type(value[0]);
        }
        if (this == FibAddressType)
        {
            return NftNames.FibAddressType(MemoryMarshal.Read<uint>(value));
        }
        return Length switch
        {
            1 => $"{value[0]}",
            2 => $"{(IsHostOrder ? MemoryMarshal.Read<ushort>(value) : BinaryPrimitives.ReadUInt16BigEndian(value))}",
            _ => $"{(IsHostOrder ? MemoryMarshal.Read<uint>(value) : BinaryPrimitives.ReadUInt32BigEndian(value))}",
        };
    }
}
