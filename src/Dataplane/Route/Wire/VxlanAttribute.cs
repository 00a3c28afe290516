namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of a VXLAN device (linux/if_link.h).</summary>
internal static class VxlanAttribute
{
    public const ushort Id = 1;                   // IFLA_VXLAN_ID
    public const ushort Link = 3;                 // IFLA_VXLAN_LINK
    public const ushort Local = 4;                // IFLA_VXLAN_LOCAL: IPv4
    public const ushort Ttl = 5;                  // IFLA_VXLAN_TTL: 0 inherits or is 64
    public const ushort TypeOfService = 6;        // IFLA_VXLAN_TOS: 1 inherits the inner packet's
    public const ushort Learning = 7;             // IFLA_VXLAN_LEARNING
    public const ushort Port = 15;                // IFLA_VXLAN_PORT: big-endian
    public const ushort Local6 = 17;              // IFLA_VXLAN_LOCAL6
    public const ushort UdpChecksum = 18;         // IFLA_VXLAN_UDP_CSUM
    public const ushort ZeroChecksum6Transmit = 19;// IFLA_VXLAN_UDP_ZERO_CSUM6_TX
    public const ushort ZeroChecksum6Receive = 20;// IFLA_VXLAN_UDP_ZERO_CSUM6_RX
    public const ushort DontFragment = 29;        // IFLA_VXLAN_DF: enum ifla_vxlan_df, 1 is set
}
