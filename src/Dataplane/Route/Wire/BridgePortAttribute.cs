namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of a bridge port (linux/if_link.h); all are single bytes, 0 or 1.</summary>
internal static class BridgePortAttribute
{
    public const ushort Hairpin = 4;              // IFLA_BRPORT_MODE
    public const ushort Learning = 8;             // IFLA_BRPORT_LEARNING
    public const ushort UnicastFlood = 9;         // IFLA_BRPORT_UNICAST_FLOOD
    public const ushort MulticastFlood = 27;      // IFLA_BRPORT_MCAST_FLOOD
    public const ushort BroadcastFlood = 30;      // IFLA_BRPORT_BCAST_FLOOD
    public const ushort NeighbourSuppression = 32;// IFLA_BRPORT_NEIGH_SUPPRESS
    public const ushort Isolated = 33;            // IFLA_BRPORT_ISOLATED
    public const ushort Locked = 39;              // IFLA_BRPORT_LOCKED: Linux 5.18
}
