namespace Weft.Dataplane.Route;

/// <summary>What a <see cref="RouteMonitor"/> listens to.</summary>
[Flags]
public enum RouteGroups
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Links (RTNLGRP_LINK).</summary>
    Links = 1,

    /// <summary>Addresses, IPv4 and IPv6.</summary>
    Addresses = 2,

    /// <summary>Routes, IPv4 and IPv6.</summary>
    Routes = 4,

    /// <summary>Neighbours and forwarding entries (RTNLGRP_NEIGH).</summary>
    Neighbours = 8,

    /// <summary>Nexthop objects (Linux 5.3).</summary>
    Nexthops = 16,

    /// <summary>Routing rules, IPv4 and IPv6.</summary>
    Rules = 32,

    /// <summary>Queueing disciplines, classes and filters (RTNLGRP_TC).</summary>
    TrafficControl = 64,

    /// <summary>All of them.</summary>
    All = Links | Addresses | Routes | Neighbours | Nexthops | Rules | TrafficControl,
}
