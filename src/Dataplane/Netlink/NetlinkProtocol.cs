namespace Weft.Dataplane.Netlink;

/// <summary>Netlink families (linux/netlink.h).</summary>
public enum NetlinkProtocol
{
    /// <summary>NETLINK_ROUTE: links, addresses, routes, neighbours, rules.</summary>
    Route = 0,

    /// <summary>NETLINK_NETFILTER: nf_tables, conntrack.</summary>
    Netfilter = 12,

    /// <summary>NETLINK_GENERIC: ethtool and others by name.</summary>
    Generic = 16,
}
