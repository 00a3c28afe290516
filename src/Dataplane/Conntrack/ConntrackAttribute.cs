namespace Weft.Dataplane.Conntrack;

/// <summary>Attributes of conntrack messages (linux/netfilter/nfnetlink_conntrack.h). Numbers are big-endian.</summary>
internal static class ConntrackAttribute
{
    public const ushort Original = 1;             // CTA_TUPLE_ORIG
    public const ushort Reply = 2;                // CTA_TUPLE_REPLY
    public const ushort Status = 3;               // CTA_STATUS
    public const ushort Timeout = 7;              // CTA_TIMEOUT
    public const ushort Mark = 8;                 // CTA_MARK
    public const ushort Id = 12;                  // CTA_ID
    public const ushort Zone = 18;                // CTA_ZONE

    public const ushort TupleAddresses = 1;       // CTA_TUPLE_IP
    public const ushort TupleProtocol = 2;        // CTA_TUPLE_PROTO

    public const ushort Source4 = 1;              // CTA_IP_V4_SRC
    public const ushort Destination4 = 2;         // CTA_IP_V4_DST
    public const ushort Source6 = 3;              // CTA_IP_V6_SRC
    public const ushort Destination6 = 4;         // CTA_IP_V6_DST

    public const ushort ProtocolNumber = 1;       // CTA_PROTO_NUM
    public const ushort SourcePort = 2;           // CTA_PROTO_SRC_PORT
    public const ushort DestinationPort = 3;      // CTA_PROTO_DST_PORT
    public const ushort IcmpId = 4;               // CTA_PROTO_ICMP_ID
    public const ushort IcmpType = 5;             // CTA_PROTO_ICMP_TYPE
    public const ushort IcmpCode = 6;             // CTA_PROTO_ICMP_CODE
    public const ushort Icmp6Id = 7;              // CTA_PROTO_ICMPV6_ID
    public const ushort Icmp6Type = 8;            // CTA_PROTO_ICMPV6_TYPE
    public const ushort Icmp6Code = 9;            // CTA_PROTO_ICMPV6_CODE

    public const ushort GlobalEntries = 1;        // CTA_STATS_GLOBAL_ENTRIES
}
