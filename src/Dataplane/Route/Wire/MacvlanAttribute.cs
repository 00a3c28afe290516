namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of a macvlan device (linux/if_link.h).</summary>
internal static class MacvlanAttribute
{
    public const ushort Mode = 1;                 // IFLA_MACVLAN_MODE: one of MACVLAN_MODE_*, 32 bits
}
