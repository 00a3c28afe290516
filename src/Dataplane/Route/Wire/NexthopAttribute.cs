namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of nexthop messages (linux/nexthop.h).</summary>
internal static class NexthopAttribute
{
    public const ushort Id = 1;                   // NHA_ID
    public const ushort Group = 2;                // NHA_GROUP: array of struct nexthop_grp
    public const ushort Blackhole = 4;            // NHA_BLACKHOLE: a flag
    public const ushort OutputInterface = 5;      // NHA_OIF
    public const ushort Gateway = 6;              // NHA_GATEWAY
}
