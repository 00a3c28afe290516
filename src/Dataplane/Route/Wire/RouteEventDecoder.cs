using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.TrafficControl.Wire;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads notifications.</summary>
internal static class RouteEventDecoder
{
    /// <summary>The event, or null for a message that tells nothing that we know.</summary>
    public static RouteEvent? Decode(in NetlinkMessage message)
    {
        uint port = message.PortId;
        switch (message.Type)
        {
            case RouteMessageType.NewLink or RouteMessageType.DeleteLink:
                return LinkDecoder.Decode(message) is { } link
                    ? new RouteEvent.LinkChanged(link, message.Type == RouteMessageType.DeleteLink, port)
                    : LinkDecoder.DecodePort(message);
            case RouteMessageType.NewAddress or RouteMessageType.DeleteAddress:
                return AddressDecoder.Decode(message) is { } address
                    ? new RouteEvent.AddressChanged(address, message.Type == RouteMessageType.DeleteAddress, port)
                    : null;
            case RouteMessageType.NewRoute or RouteMessageType.DeleteRoute:
                return RouteDecoder.Decode(message) is { } route
                    ? new RouteEvent.RouteChanged(route, message.Type == RouteMessageType.DeleteRoute, port)
                    : null;
            case RouteMessageType.NewNexthop or RouteMessageType.DeleteNexthop:
                return NexthopDecoder.Decode(message) is { } nexthop
                    ? new RouteEvent.NexthopChanged(nexthop, message.Type == RouteMessageType.DeleteNexthop, port)
                    : null;
            case RouteMessageType.NewRule or RouteMessageType.DeleteRule:
                return RuleDecoder.Decode(message) is { } rule
                    ? new RouteEvent.RuleChanged(rule, message.Type == RouteMessageType.DeleteRule, port)
                    : null;
            case RouteMessageType.NewNeighbour or RouteMessageType.DeleteNeighbour:
                bool removed = message.Type == RouteMessageType.DeleteNeighbour;
                return NeighbourDecoder.Decode(message) is { } neighbour ? new RouteEvent.NeighbourChanged(neighbour, removed, port)
                    : NeighbourDecoder.DecodeFdb(message) is { } entry ? new RouteEvent.FdbChanged(entry, removed, port)
                    : null;
            case RouteMessageType.NewQdisc or RouteMessageType.NewClass or RouteMessageType.NewFilter:
                return new RouteEvent.TrafficControlChanged(
                    message.Header<TrafficHeader>().Index, TrafficDecoder.DecodeQdisc(message), TrafficDecoder.DecodeFilter(message), Removed: false, port);
            case RouteMessageType.DeleteQdisc or RouteMessageType.DeleteClass or RouteMessageType.DeleteFilter:
                return new RouteEvent.TrafficControlChanged(message.Header<TrafficHeader>().Index, null, null, Removed: true, port);
            default:
                return null;
        }
    }
}
