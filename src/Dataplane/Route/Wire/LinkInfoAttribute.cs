namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes within IFLA_LINKINFO (linux/if_link.h).</summary>
internal static class LinkInfoAttribute
{
    public const ushort Kind = 1;                 // IFLA_INFO_KIND
    public const ushort Data = 2;                 // IFLA_INFO_DATA
    public const ushort SlaveKind = 4;            // IFLA_INFO_SLAVE_KIND
    public const ushort SlaveData = 5;            // IFLA_INFO_SLAVE_DATA
}
