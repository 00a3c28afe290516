namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of a bridge (linux/if_link.h).</summary>
internal static class BridgeAttribute
{
    public const ushort AgeingTime = 4;           // IFLA_BR_AGEING_TIME: clock ticks, 100 a second
    public const ushort StpState = 5;             // IFLA_BR_STP_STATE
    public const ushort VlanFiltering = 7;        // IFLA_BR_VLAN_FILTERING
    public const ushort MulticastSnooping = 23;   // IFLA_BR_MCAST_SNOOPING
}
