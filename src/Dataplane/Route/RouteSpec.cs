using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>A route to add, replace or delete. A deletion matches what is set.</summary>
public sealed record RouteSpec
{
    /// <summary>Where to; a prefix length of 0 is the default route. Its family is the route's.</summary>
    public required IPNetwork Destination { get; init; }

    /// <summary>The next router, of either family: an IPv4 route may have an IPv6 gateway (RTA_VIA). Null: none.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Index of the interface it leaves by; 0: none.</summary>
    public int LinkIndex { get; init; }

    /// <summary>The nexthop object that says where to, instead of gateway and interface; 0: none.</summary>
    public uint NexthopId { get; init; }

    /// <summary>The gateway is on the link even if no address of ours says so (RTNH_F_ONLINK).</summary>
    public bool OnLink { get; init; }

    /// <summary>The routing table.</summary>
    public uint Table { get; init; } = RouteTable.Main;

    /// <summary>Whose route it is; 0 in a deletion matches any.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Weft;

    /// <summary>Its scope; null: universe with a gateway or nexthop, else link, as ip(8) does it. IPv6 routes have none.</summary>
    public RouteScope? Scope { get; init; }

    /// <summary>What it does.</summary>
    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>RTAX_MTU: bytes; 0: the interface's.</summary>
    public uint Mtu { get; init; }

    /// <summary>RTAX_ADVMSS: bytes; 0: derived from the MTU.</summary>
    public uint AdvertisedMss { get; init; }

    /// <summary>The metric: less is better; 0: the kernel's default (0 for IPv4, 1024 for IPv6).</summary>
    public uint Priority { get; init; }

    /// <summary>RTA_PREFSRC: source address for what this machine sends by it; null: chosen.</summary>
    public IPAddress? Source { get; init; }
}
