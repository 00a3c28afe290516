using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// What the kernel has. Ours is what carries our protocol number and uses a nexthop object (routes) or is a node's address (neighbours), or is on a VXLAN device of ours
/// (forwarding entries); routes of ours without a nexthop object are the bridges' (<see cref="Kernel.LinkReconciler"/>).
/// </summary>
internal sealed class OverlayState
{
    public required OverlayTables Tables { get; init; }

    /// <summary>Routes of ours that no plan makes: with another metric, in another table.</summary>
    public List<RouteInfo> StrayRoutes { get; } = [];

    /// <summary>Numbers of nexthop objects of ours that no plan makes: groups, black holes.</summary>
    public HashSet<uint> StrayNexthops { get; } = [];

    /// <summary>Numbers of other programs' nexthop objects. Never touched.</summary>
    public HashSet<uint> ForeignNexthops { get; } = [];

    /// <summary>Reads everything.</summary>
    /// <param name="socket">In the node's namespace.</param>
    /// <param name="devices">Interface indexes of our VXLAN devices.</param>
    public static OverlayState Read(RouteSocket socket, IEnumerable<int> devices)
    {
        var tables = new OverlayTables();
        var state = new OverlayState { Tables = tables };
        HashSet<int> tunnels = [.. devices];
        foreach (int device in tunnels)
        {
            foreach (FdbInfo entry in socket.Fdb(linkIndex: device))
            {
                tables.Fdb[(device, entry.Mac)] = entry is { Remote: { } remote, State: NeighbourState.Permanent } ? remote : IPAddress.None;
            }
        }
        // All of ours on the tunnels; and those that lead to nodes on whatever link, also on one that was the uplink once.
        foreach (NeighbourInfo neighbour in socket.Neighbours(AddressFamily.InterNetworkV6))
        {
            if (neighbour is { Protocol: RouteProtocol.Weft, Mac: { } mac } && (tunnels.Contains(neighbour.LinkIndex) || OverlayKeys.IsGateway(neighbour.Address)))
            {
                // One that may expire is as good as none: it is replaced.
                tables.Neighbours[(neighbour.LinkIndex, neighbour.Address)] = neighbour.State == NeighbourState.Permanent ? mac : default;
            }
        }
        foreach (NexthopInfo nexthop in socket.Nexthops())
        {
            if (nexthop.Protocol != RouteProtocol.Weft)
            {
                state.ForeignNexthops.Add(nexthop.Id);
            }
            else if (nexthop is { Gateway: { } gateway, OnLink: true })
            {
                tables.Nexthops[nexthop.Id] = new OverlayNexthop(gateway, nexthop.LinkIndex);
            }
            else
            {
                state.StrayNexthops.Add(nexthop.Id);
            }
        }
        foreach (RouteInfo route in socket.Routes(protocol: RouteProtocol.Weft))
        {
            if (route.NexthopId == 0)
            {
                continue;
            }
            if (route is { Table: RouteTable.Main, Priority: OverlayKeys.RouteMetric, Mtu: 0, AdvertisedMss: 0, Type: RouteType.Unicast, Source: null })
            {
                tables.Routes[Cidr.Create(route.Destination.BaseAddress, route.Destination.PrefixLength)] = route.NexthopId;
            }
            else
            {
                state.StrayRoutes.Add(route);
            }
        }
        return state;
    }
}
