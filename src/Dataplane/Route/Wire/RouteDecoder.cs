using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads RTM_NEWROUTE and RTM_DELROUTE.</summary>
internal static class RouteDecoder
{
    private const int HeaderSize = 12;       // struct rtmsg
    private const uint Cloned = 0x200;       // RTM_F_CLONED: a cache entry, not a route

    /// <summary>The route, or null for another message or family, or a cached exception.</summary>
    public static RouteInfo? Decode(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewRoute or RouteMessageType.DeleteRoute))
        {
            return null;
        }
        RouteHeader header = message.Header<RouteHeader>();
        if (header.Family is not (WireAddress.Inet or WireAddress.Inet6) || (header.Flags & Cloned) != 0)
        {
            return null;
        }
        var route = new RouteInfo
        {
            Family = WireAddress.FromWire(header.Family),
            Table = header.Table,
            Protocol = header.Protocol,
            Scope = (RouteScope)header.Scope,
            Type = (RouteType)header.Type,
            Flags = header.Flags,
        };
        ReadOnlySpan<byte> destination = [];
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case RouteAttribute.Destination:
                    destination = attribute.Value;
                    break;
                case RouteAttribute.Gateway:
                    route.Gateway = WireAddress.ReadAddress(attribute);
                    break;
                case RouteAttribute.Via:
                    // struct rtvia: 16 bits of family, then the address, whose length tells as much.
                    route.Gateway = attribute.Value.Length > sizeof(ushort)
                        ? WireAddress.ReadAddress(attribute.Type, attribute.Value[sizeof(ushort)..])
                        : throw new MalformedNetlinkException($"RTA_VIA has {attribute.Value.Length} bytes");
                    break;
                case RouteAttribute.OutputInterface:
                    route.LinkIndex = attribute.Int32;
                    break;
                case RouteAttribute.NexthopId:
                    route.NexthopId = attribute.UInt32;
                    break;
                case RouteAttribute.Table:
                    route.Table = attribute.UInt32;
                    break;
                case RouteAttribute.Priority:
                    route.Priority = attribute.UInt32;
                    break;
                case RouteAttribute.PreferredSource:
                    route.Source = WireAddress.ReadAddress(attribute);
                    break;
                case RouteAttribute.Multipath:
                    route.IsMultipath = true;
                    break;
                case RouteAttribute.Metrics:
                    ReadMetrics(attribute.Nested, route);
                    break;
            }
        }
        route.Destination = WireAddress.ReadNetwork(header.Family, RouteAttribute.Destination, destination, header.DestinationLength);
        return route;
    }

    private static void ReadMetrics(AttributeReader metrics, RouteInfo route)
    {
        while (metrics.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case RouteAttribute.MetricMtu:
                    route.Mtu = attribute.UInt32;
                    break;
                case RouteAttribute.MetricAdvMss:
                    route.AdvertisedMss = attribute.UInt32;
                    break;
            }
        }
    }
}
