using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// What rules can look at. <c>Match.IpSource.InSet("pools4")</c> is nft's <c>ip saddr @pools4</c>. A field of one protocol brings the
/// test for that protocol with it, as in nft(8). The numbers are those of the protocols' headers and of linux/netfilter/nf_tables.h.
/// </summary>
public static partial class Match
{
    /// <summary>iifname: the interface a packet came in by.</summary>
    public static NftSelector InputName { get; } = new(new MetaField("iifname", NftDataType.InterfaceName, 6));

    /// <summary>oifname: the interface a packet will leave by.</summary>
    public static NftSelector OutputName { get; } = new(new MetaField("oifname", NftDataType.InterfaceName, 7));

    /// <summary>iif: index of the interface a packet came in by.</summary>
    public static NftSelector InputIndex { get; } = new(new MetaField("iif", NftDataType.InterfaceIndex, 4));

    /// <summary>oif: index of the interface a packet will leave by.</summary>
    public static NftSelector OutputIndex { get; } = new(new MetaField("oif", NftDataType.InterfaceIndex, 5));

    /// <summary>meta protocol: the EtherType, without VLAN tags that the device has taken off.</summary>
    public static NftSelector MetaProtocol { get; } = new(new MetaField("meta protocol", NftDataType.EtherType, 1));

    /// <summary>meta nfproto: 2 is IPv4, 10 is IPv6.</summary>
    public static NftSelector Family { get; } = new(new MetaField("meta nfproto", NftDataType.NfProto, 15));

    /// <summary>meta l4proto: the transport protocol, behind IPv6 extension headers too.</summary>
    public static NftSelector Layer4Protocol { get; } = new(new MetaField("meta l4proto", NftDataType.InetProtocol, 16));

    /// <summary>meta mark.</summary>
    public static NftSelector Mark { get; } = new(new MetaField("meta mark", NftDataType.Mark, 3));

    /// <summary>meta priority: what queueing disciplines go by.</summary>
    public static NftSelector Priority { get; } = new(new MetaField("meta priority", NftDataType.ClassId, 2));

    /// <summary>meta pkttype: 0 for us, 1 broadcast, 2 multicast, 3 for others.</summary>
    public static NftSelector PacketType { get; } = new(new MetaField("meta pkttype", NftDataType.PacketType, 19));

    /// <summary>ct state; see <see cref="CtState"/>.</summary>
    public static NftSelector ConnectionState { get; } = new(new CtField("ct state", NftDataType.CtState, 0));

    /// <summary>ct direction: 0 original, 1 reply.</summary>
    public static NftSelector ConnectionDirection { get; } = new(new CtField("ct direction", NftDataType.CtDirection, 1));

    /// <summary>ct status: bits IPS_*, 0x10 source NAT, 0x20 destination NAT.</summary>
    public static NftSelector ConnectionStatus { get; } = new(new CtField("ct status", NftDataType.CtStatus, 2));

    /// <summary>ct mark.</summary>
    public static NftSelector ConnectionMark { get; } = new(new CtField("ct mark", NftDataType.Mark, 3));

    /// <summary>fib daddr type: what the destination is to this machine (RTN_LOCAL is 2).</summary>
    public static NftSelector RouteTypeOfDestination { get; } = new(new FibField("fib daddr type", NftDataType.FibAddressType, 3, 0x2));

    /// <summary>fib saddr type: what the source is to this machine.</summary>
    public static NftSelector RouteTypeOfSource { get; } = new(new FibField("fib saddr type", NftDataType.FibAddressType, 3, 0x1));

    /// <summary>fib saddr . iif oif: the interface by which an answer would leave; 0 when that is not where the packet came in.</summary>
    public static NftSelector ReversePath { get; } = new(new FibField("fib saddr . iif oif", NftDataType.InterfaceIndex, 1, 0x9));

    /// <summary>One of the established states of a connection: <c>ct state established,related</c>.</summary>
    public static NftStatement State(CtState states) => ConnectionState.HasAny((uint)states);

    /// <summary>Several selectors after each other: the key of a concatenation.</summary>
    public static NftSelector Concat(params ReadOnlySpan<NftSelector> selectors)
    {
        var fields = new List<NftField>();
        foreach (NftSelector selector in selectors)
        {
            fields.AddRange(selector.Fields);
        }
        return new NftSelector([.. fields]);
    }

    /// <summary>Whether an IPv6 extension header (0 hop-by-hop, 43 routing, 44 fragment, 60 destination) is there.</summary>
    public static NftStatement HasIpv6Header(byte header, bool present = true) =>
        new NftSelector(new ExtensionHeaderField($"exthdr {Ipv6HeaderName(header)}", header)).Is(NftValue.Byte(present ? (byte)1 : (byte)0));

    private static string Ipv6HeaderName(byte header) => header switch
    {
        0 => "hbh",
        43 => "rt",
        44 => "frag",
        60 => "dst",
        _ => $"{header}",
    };
}
