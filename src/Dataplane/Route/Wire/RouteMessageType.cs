namespace Weft.Dataplane.Route.Wire;

/// <summary>Message types of NETLINK_ROUTE (linux/rtnetlink.h).</summary>
internal static class RouteMessageType
{
    public const ushort NewLink = 16;             // RTM_NEWLINK
    public const ushort DeleteLink = 17;          // RTM_DELLINK
    public const ushort GetLink = 18;             // RTM_GETLINK
    public const ushort SetLink = 19;             // RTM_SETLINK
    public const ushort NewAddress = 20;          // RTM_NEWADDR
    public const ushort DeleteAddress = 21;       // RTM_DELADDR
    public const ushort GetAddress = 22;          // RTM_GETADDR
    public const ushort NewRoute = 24;            // RTM_NEWROUTE
    public const ushort DeleteRoute = 25;         // RTM_DELROUTE
    public const ushort GetRoute = 26;            // RTM_GETROUTE
    public const ushort NewNeighbour = 28;        // RTM_NEWNEIGH
    public const ushort DeleteNeighbour = 29;     // RTM_DELNEIGH
    public const ushort GetNeighbour = 30;        // RTM_GETNEIGH
    public const ushort NewRule = 32;             // RTM_NEWRULE
    public const ushort DeleteRule = 33;          // RTM_DELRULE
    public const ushort GetRule = 34;             // RTM_GETRULE
    public const ushort NewQdisc = 36;            // RTM_NEWQDISC
    public const ushort DeleteQdisc = 37;         // RTM_DELQDISC
    public const ushort GetQdisc = 38;            // RTM_GETQDISC
    public const ushort NewClass = 40;            // RTM_NEWTCLASS
    public const ushort DeleteClass = 41;         // RTM_DELTCLASS
    public const ushort GetClass = 42;            // RTM_GETTCLASS
    public const ushort NewFilter = 44;           // RTM_NEWTFILTER
    public const ushort DeleteFilter = 45;        // RTM_DELTFILTER
    public const ushort GetFilter = 46;           // RTM_GETTFILTER
    public const ushort NewNexthop = 104;         // RTM_NEWNEXTHOP
    public const ushort DeleteNexthop = 105;      // RTM_DELNEXTHOP
    public const ushort GetNexthop = 106;         // RTM_GETNEXTHOP
}
