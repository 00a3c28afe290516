using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.Route;

/// <summary>A route as the kernel describes it.</summary>
public sealed record RouteInfo
{
    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily Family { get; internal set; }

    /// <summary>Where to.</summary>
    public IPNetwork Destination { get; internal set; }

    /// <summary>The next router, of either family; null: none. With a nexthop object, what the object says.</summary>
    public IPAddress? Gateway { get; internal set; }

    /// <summary>Index of the interface it leaves by; 0: none. With a nexthop object, what the object says.</summary>
    public int LinkIndex { get; internal set; }

    /// <summary>The nexthop object it uses; 0: none.</summary>
    public uint NexthopId { get; internal set; }

    /// <summary>The routing table.</summary>
    public uint Table { get; internal set; }

    /// <summary>Whose route it is.</summary>
    public byte Protocol { get; internal set; }

    /// <summary>Its scope.</summary>
    public RouteScope Scope { get; internal set; }

    /// <summary>What it does.</summary>
    public RouteType Type { get; internal set; }

    /// <summary>The metric.</summary>
    public uint Priority { get; internal set; }

    /// <summary>Preferred source address, or null.</summary>
    public IPAddress? Source { get; internal set; }

    /// <summary>RTAX_MTU in bytes; 0: the interface's.</summary>
    public uint Mtu { get; internal set; }

    /// <summary>RTAX_ADVMSS in bytes; 0: derived.</summary>
    public uint AdvertisedMss { get; internal set; }

    /// <summary>RTNH_F_* and RTM_F_*: 1 dead, 4 onlink, 16 link down.</summary>
    public uint Flags { get; internal set; }

    /// <summary>RTNH_F_ONLINK.</summary>
    public bool OnLink => (Flags & 4) != 0;

    /// <summary>It has several next hops of its own (RTA_MULTIPATH), which are not read.</summary>
    public bool IsMultipath { get; internal set; }
}
