namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of link messages (linux/if_link.h).</summary>
internal static class LinkAttribute
{
    public const ushort Address = 1;              // IFLA_ADDRESS
    public const ushort Name = 3;                 // IFLA_IFNAME: at most 15 bytes
    public const ushort Mtu = 4;                  // IFLA_MTU
    public const ushort Link = 5;                 // IFLA_LINK: the peer of a veth, the lower device of a vxlan or macvlan
    public const ushort Master = 10;              // IFLA_MASTER: 0 releases
    public const ushort TxQueueLength = 13;       // IFLA_TXQLEN
    public const ushort OperState = 16;           // IFLA_OPERSTATE
    public const ushort LinkInfo = 18;            // IFLA_LINKINFO
    public const ushort Alias = 20;               // IFLA_IFALIAS
    public const ushort FamilySpecific = 26;      // IFLA_AF_SPEC
    public const ushort Group = 27;               // IFLA_GROUP
    public const ushort NamespaceFd = 28;         // IFLA_NET_NS_FD
    public const ushort ExtendedMask = 29;        // IFLA_EXT_MASK: RTEXT_FILTER_*
    public const ushort Promiscuity = 30;         // IFLA_PROMISCUITY: how many want it
    public const ushort Carrier = 33;             // IFLA_CARRIER
    public const ushort LinkNamespaceId = 37;     // IFLA_LINK_NETNSID: where IFLA_LINK counts
}
