using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <summary>Neighbours, forwarding entries, nexthops and routes of all networks' overlays: as they should be, or as the kernel has them.</summary>
internal sealed class OverlayTables
{
    /// <summary>VXLAN device or uplink, and address behind it: the MAC there.</summary>
    public Dictionary<(int Link, IPAddress Address), MacAddress> Neighbours { get; } = [];

    /// <summary>VXLAN device and MAC behind it: the node's underlay address. <see cref="IPAddress.None"/>: an entry of another sort.</summary>
    public Dictionary<(int Link, MacAddress Mac), IPAddress> Fdb { get; } = [];

    /// <summary>Nexthop objects by number.</summary>
    public Dictionary<uint, OverlayNexthop> Nexthops { get; } = [];

    /// <summary>The nexthop object of each block's route, in the main table.</summary>
    public Dictionary<Cidr, uint> Routes { get; } = [];
}

/// <summary>Where a nexthop object leads.</summary>
/// <param name="Gateway">The next router, on the link by decree.</param>
/// <param name="LinkIndex">The interface.</param>
internal readonly record struct OverlayNexthop(IPAddress Gateway, int LinkIndex);
