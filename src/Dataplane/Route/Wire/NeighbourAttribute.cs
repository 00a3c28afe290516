namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of neighbour and FDB messages (linux/neighbour.h).</summary>
internal static class NeighbourAttribute
{
    public const ushort Destination = 1;          // NDA_DST
    public const ushort LinkAddress = 2;          // NDA_LLADDR
    public const ushort Vlan = 5;                 // NDA_VLAN
    public const ushort Port = 6;                 // NDA_PORT: big-endian
    public const ushort Vni = 7;                  // NDA_VNI
    public const ushort Interface = 8;            // NDA_IFINDEX
    public const ushort Master = 9;               // NDA_MASTER
    public const ushort Protocol = 12;            // NDA_PROTOCOL: Linux 5.0
}
