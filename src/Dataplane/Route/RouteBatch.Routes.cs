using System.Net;
using System.Runtime.InteropServices;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Routes.</content>
public sealed partial class RouteBatch
{
    private const uint OnLinkFlag = 4;       // RTNH_F_ONLINK

    /// <summary>Adds a route. Fails with EEXIST when there is one to the same prefix with the same priority.</summary>
    public RouteBatch AddRoute(RouteSpec spec) => Route(RouteMessageType.NewRoute, AddFlags, "add", spec);

    /// <summary>Adds a route, or replaces the one to the same prefix with the same priority, whosever it is.</summary>
    public RouteBatch ReplaceRoute(RouteSpec spec) => Route(RouteMessageType.NewRoute, ReplaceFlags, "replace", spec);

    /// <summary>
    /// Deletes the first route that matches all that is set in <paramref name="spec"/>, MTU included.
    /// Fails with ESRCH when there is none.
    /// </summary>
    public RouteBatch DeleteRoute(RouteSpec spec) => Route(RouteMessageType.DeleteRoute, NetlinkMessageFlags.None, "del", spec);

    private RouteBatch Route(ushort type, NetlinkMessageFlags flags, string verb, RouteSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        byte family = WireAddress.FamilyOf(spec.Destination.BaseAddress);
        NetlinkWriter writer = Messages.Begin(type, flags);
        writer.WriteHeader(new RouteHeader
        {
            Family = family,
            DestinationLength = (byte)spec.Destination.PrefixLength,
            Table = spec.Table < 256 ? (byte)spec.Table : (byte)0,
            Protocol = spec.Protocol,
            Scope = (byte)ScopeOf(spec, family, type),
            Type = (byte)spec.Type,
            Flags = spec.OnLink ? OnLinkFlag : 0,
        });
        if (spec.Destination.PrefixLength > 0)
        {
            WireAddress.Write(ref writer, RouteAttribute.Destination, spec.Destination.BaseAddress);
        }
        writer.WriteUInt32(RouteAttribute.Table, spec.Table);
        if (spec.Gateway is { } gateway)
        {
            WriteGateway(ref writer, family, gateway);
        }
        if (spec.LinkIndex != 0)
        {
            writer.WriteInt32(RouteAttribute.OutputInterface, spec.LinkIndex);
        }
        if (spec.NexthopId != 0)
        {
            writer.WriteUInt32(RouteAttribute.NexthopId, spec.NexthopId);
        }
        if (spec.Priority != 0)
        {
            writer.WriteUInt32(RouteAttribute.Priority, spec.Priority);
        }
        if (spec.Source is { } source)
        {
            WireAddress.Write(ref writer, RouteAttribute.PreferredSource, source);
        }
        if (spec.Mtu != 0 || spec.AdvertisedMss != 0)
        {
            WriteMetrics(ref writer, spec);
        }
        Messages.End(ref writer, $"ip{If(family == WireAddress.Inet6, " -6")} route {verb} {Describe(spec)}");
        return this;
    }

    private static RouteScope ScopeOf(RouteSpec spec, byte family, ushort type)
    {
        if (spec.Scope is { } scope)
        {
            return scope;
        }
        if (family == WireAddress.Inet6)
        {
            return RouteScope.Universe;
        }
        if (type == RouteMessageType.DeleteRoute)
        {
            return RouteScope.Nowhere;       // any
        }
        return spec.Type switch
        {
            RouteType.Local => RouteScope.Host,
            RouteType.Broadcast or RouteType.Multicast or RouteType.Anycast => RouteScope.Link,
            RouteType.Unicast when spec.Gateway is null && spec.NexthopId == 0 => RouteScope.Link,
            _ => RouteScope.Universe,
        };
    }

    private static void WriteGateway(ref NetlinkWriter writer, byte family, IPAddress gateway)
    {
        byte gatewayFamily = WireAddress.FamilyOf(gateway);
        if (gatewayFamily == family)
        {
            WireAddress.Write(ref writer, RouteAttribute.Gateway, gateway);
            return;
        }
        // struct rtvia: the family, 16 bits in host order, and the address.
        Span<byte> via = stackalloc byte[18];
        ushort number = gatewayFamily;
        MemoryMarshal.Write(via, in number);
        gateway.TryWriteBytes(via[2..], out int length);
        writer.WriteBytes(RouteAttribute.Via, via[..(2 + length)]);
    }

    private static void WriteMetrics(ref NetlinkWriter writer, RouteSpec spec)
    {
        NestedAttribute metrics = writer.BeginNested(RouteAttribute.Metrics);
        if (spec.Mtu != 0)
        {
            writer.WriteUInt32(RouteAttribute.MetricMtu, spec.Mtu);
        }
        if (spec.AdvertisedMss != 0)
        {
            writer.WriteUInt32(RouteAttribute.MetricAdvMss, spec.AdvertisedMss);
        }
        writer.EndNested(metrics);
    }

    private static string Describe(RouteSpec spec)
    {
        string via = spec.Gateway is not { } gateway ? ""
            : gateway.AddressFamily == spec.Destination.BaseAddress.AddressFamily ? $" via {gateway}"
            : gateway.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $" via inet6 {gateway}" : $" via inet {gateway}";
        return LinkText.Of(spec.Type) + (spec.Destination.PrefixLength == 0 ? "default" : spec.Destination.ToString())
            + (spec.NexthopId == 0 ? "" : $" nhid {spec.NexthopId}") + via + Dev(spec.LinkIndex) + If(spec.OnLink, " onlink")
            + (spec.Table == RouteTable.Main ? "" : $" table {spec.Table}") + Proto(spec.Protocol)
            + (spec.Scope is { } scope ? $" scope {LinkText.Of(scope)}" : "")
            + (spec.Source is { } source ? $" src {source}" : "") + (spec.Priority == 0 ? "" : $" metric {spec.Priority}")
            + (spec.Mtu == 0 ? "" : $" mtu {spec.Mtu}") + (spec.AdvertisedMss == 0 ? "" : $" advmss {spec.AdvertisedMss}");
    }
}
