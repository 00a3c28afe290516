namespace Weft.Dataplane.Nftables;

/// <summary>Address family of a table: which packets its chains see (NFPROTO_*, linux/netfilter.h).</summary>
public enum NftFamily : byte
{
    /// <summary>IPv4 and IPv6 together (NFPROTO_INET).</summary>
    Inet = 1,

    /// <summary>IPv4 (NFPROTO_IPV4).</summary>
    Ip = 2,

    /// <summary>ARP (NFPROTO_ARP).</summary>
    Arp = 3,

    /// <summary>One device, before everything else (NFPROTO_NETDEV).</summary>
    Netdev = 5,

    /// <summary>Ethernet frames that pass a bridge (NFPROTO_BRIDGE).</summary>
    Bridge = 7,

    /// <summary>IPv6 (NFPROTO_IPV6).</summary>
    Ip6 = 10,
}
