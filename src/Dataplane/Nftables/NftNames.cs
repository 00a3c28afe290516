using System.Globalization;

namespace Weft.Dataplane.Nftables;

/// <summary>Names that nft(8) prints for numbers.</summary>
internal static class NftNames
{
    public static string EtherType(ushort value) => value switch
    {
        0x0800 => "ip",
        0x0806 => "arp",
        0x86dd => "ip6",
        0x8100 => "8021q",
        0x88a8 => "8021ad",
        _ => $"0x{value:x4}",
    };

    public static string Protocol(byte value) => value switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "ipv6-icmp",
        132 => "sctp",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    public static string IcmpType(byte value) => value switch
    {
        0 => "echo-reply",
        3 => "destination-unreachable",
        5 => "redirect",
        8 => "echo-request",
        11 => "time-exceeded",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    public static string Icmpv6Type(byte value) => value switch
    {
        1 => "destination-unreachable",
        2 => "packet-too-big",
        3 => "time-exceeded",
        4 => "parameter-problem",
        128 => "echo-request",
        129 => "echo-reply",
        133 => "nd-router-solicit",
        134 => "nd-router-advert",
        135 => "nd-neighbor-solicit",
        136 => "nd-neighbor-advert",
        137 => "nd-redirect",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    public static string FibAddressType(uint value) => value switch
    {
        1 => "unicast",
        2 => "local",
        3 => "broadcast",
        4 => "anycast",
        5 => "multicast",
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };
}
