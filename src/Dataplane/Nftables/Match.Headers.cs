using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <content>Fields of packet headers.</content>
public static partial class Match
{
    private const uint Link = 0;            // NFT_PAYLOAD_LL_HEADER
    private const uint Network = 1;         // NFT_PAYLOAD_NETWORK_HEADER
    private const uint Transport = 2;       // NFT_PAYLOAD_TRANSPORT_HEADER

    /// <summary>ether daddr.</summary>
    public static NftSelector EtherDestination { get; } = Of("ether daddr", NftDataType.EthernetAddress, Link, 0);

    /// <summary>ether saddr.</summary>
    public static NftSelector EtherSource { get; } = Of("ether saddr", NftDataType.EthernetAddress, Link, 6);

    /// <summary>ether type: as in the frame, so 0x8100 for a tagged one.</summary>
    public static NftSelector EtherType { get; } = Of("ether type", NftDataType.EtherType, Link, 12);

    /// <summary>ip saddr.</summary>
    public static NftSelector IpSource { get; } = Of("ip saddr", NftDataType.Ipv4Address, Network, 12, network: 0x0800);

    /// <summary>ip daddr.</summary>
    public static NftSelector IpDestination { get; } = Of("ip daddr", NftDataType.Ipv4Address, Network, 16, network: 0x0800);

    /// <summary>ip protocol.</summary>
    public static NftSelector IpProtocol { get; } = Of("ip protocol", NftDataType.InetProtocol, Network, 9, network: 0x0800);

    /// <summary>ip6 saddr.</summary>
    public static NftSelector Ip6Source { get; } = Of("ip6 saddr", NftDataType.Ipv6Address, Network, 8, network: 0x86dd);

    /// <summary>ip6 daddr.</summary>
    public static NftSelector Ip6Destination { get; } = Of("ip6 daddr", NftDataType.Ipv6Address, Network, 24, network: 0x86dd);

    /// <summary>ip6 nexthdr: of the first header only; <see cref="Layer4Protocol"/> looks behind extension headers.</summary>
    public static NftSelector Ip6NextHeader { get; } = Of("ip6 nexthdr", NftDataType.InetProtocol, Network, 6, network: 0x86dd);

    /// <summary>arp operation: 1 request, 2 reply.</summary>
    public static NftSelector ArpOperation { get; } = Of("arp operation", NftDataType.ArpOperation, Network, 6, etherType: 0x0806);

    /// <summary>arp saddr ether: the sender's Ethernet address.</summary>
    public static NftSelector ArpSenderEther { get; } = Of("arp saddr ether", NftDataType.EthernetAddress, Network, 8, etherType: 0x0806);

    /// <summary>arp saddr ip: the sender's IPv4 address.</summary>
    public static NftSelector ArpSenderIp { get; } = Of("arp saddr ip", NftDataType.Ipv4Address, Network, 14, etherType: 0x0806);

    /// <summary>arp daddr ip: the IPv4 address asked for.</summary>
    public static NftSelector ArpTargetIp { get; } = Of("arp daddr ip", NftDataType.Ipv4Address, Network, 24, etherType: 0x0806);

    /// <summary>vlan type: what a tagged frame carries.</summary>
    public static NftSelector VlanType { get; } = Of("vlan type", NftDataType.EtherType, Link, 16, etherType: 0x8100);

    /// <summary>icmp type.</summary>
    public static NftSelector IcmpType { get; } = Of("icmp type", NftDataType.IcmpType, Transport, 0, network: 0x0800, transport: 1);

    /// <summary>icmpv6 type.</summary>
    public static NftSelector Icmpv6Type { get; } = Of("icmpv6 type", NftDataType.Icmpv6Type, Transport, 0, network: 0x86dd, transport: 58);

    /// <summary>icmpv6 taddr: the target of a neighbour solicitation or advertisement; match the type first.</summary>
    public static NftSelector Icmpv6Target { get; } = Of("icmpv6 taddr", NftDataType.Ipv6Address, Transport, 8, network: 0x86dd, transport: 58);

    /// <summary>tcp sport.</summary>
    public static NftSelector TcpSourcePort { get; } = Of("tcp sport", NftDataType.InetService, Transport, 0, transport: 6);

    /// <summary>tcp dport.</summary>
    public static NftSelector TcpDestinationPort { get; } = Of("tcp dport", NftDataType.InetService, Transport, 2, transport: 6);

    /// <summary>tcp flags; see <see cref="TcpFlag"/>.</summary>
    public static NftSelector TcpFlags { get; } = Of("tcp flags", NftDataType.TcpFlags, Transport, 13, transport: 6);

    /// <summary>udp sport.</summary>
    public static NftSelector UdpSourcePort { get; } = Of("udp sport", NftDataType.InetService, Transport, 0, transport: 17);

    /// <summary>udp dport.</summary>
    public static NftSelector UdpDestinationPort { get; } = Of("udp dport", NftDataType.InetService, Transport, 2, transport: 17);

    /// <summary>sctp dport.</summary>
    public static NftSelector SctpDestinationPort { get; } = Of("sctp dport", NftDataType.InetService, Transport, 2, transport: 132);

    /// <summary>th sport: the source port of whatever transport; match <see cref="Layer4Protocol"/> beside it.</summary>
    public static NftSelector SourcePort { get; } = Of("th sport", NftDataType.InetService, Transport, 0);

    /// <summary>th dport: the destination port of whatever transport; match <see cref="Layer4Protocol"/> beside it.</summary>
    public static NftSelector DestinationPort { get; } = Of("th dport", NftDataType.InetService, Transport, 2);

    /// <summary>Whether a TCP segment opens a connection: <c>tcp flags &amp; (fin|syn|rst|ack) == syn</c>, or its contrary.</summary>
    public static NftStatement OpensTcp(bool opens = true)
    {
        const uint Mask = (uint)(TcpFlag.Fin | TcpFlag.Syn | TcpFlag.Rst | TcpFlag.Ack);
        return opens ? TcpFlags.MaskedIs(Mask, (uint)TcpFlag.Syn) : TcpFlags.MaskedIsNot(Mask, (uint)TcpFlag.Syn);
    }

    private static NftSelector Of(
        string name, NftDataType type, uint header, uint offset, ushort network = 0, byte transport = 0, ushort etherType = 0) =>
        new(new PayloadField(name, type, header, offset) { Network = network, Transport = transport, EtherType = etherType });
}
