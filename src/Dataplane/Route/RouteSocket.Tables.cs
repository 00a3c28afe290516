using System.Net.Sockets;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Addresses, routes, nexthops, neighbours, forwarding entries and rules as they are. The kernel filters where it can.</content>
public sealed partial class RouteSocket
{
    /// <summary>Addresses of all interfaces, IPv4 and IPv6, or of one; empty when there is no such interface.</summary>
    /// <param name="linkIndex">The interface's index; 0: all.</param>
    public List<AddressInfo> Addresses(int linkIndex = 0)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetAddress);
        writer.WriteHeader(new AddressHeader { Index = checked((uint)linkIndex) });
        _request.End(ref writer, $"ip address show{(linkIndex == 0 ? "" : $" dev if{linkIndex}")}");
        return DumpOrEmpty(
            Errno.ENODEV,
            (in NetlinkMessage message) =>
            {
                AddressInfo? address = AddressDecoder.Decode(message);
                return linkIndex == 0 || address?.LinkIndex == linkIndex ? address : null;
            });
    }

    /// <summary>Routes of all tables, or of one; empty when there is no such table.</summary>
    /// <param name="family">IPv4, IPv6, or unspecified for both.</param>
    /// <param name="table">The table, or null for all.</param>
    /// <param name="protocol">Whose routes, or null for everybody's.</param>
    public List<RouteInfo> Routes(AddressFamily family = AddressFamily.Unspecified, uint? table = null, byte? protocol = null)
    {
        if (family == AddressFamily.Unspecified)
        {
            List<RouteInfo> both = Routes(AddressFamily.InterNetwork, table, protocol);
            both.AddRange(Routes(AddressFamily.InterNetworkV6, table, protocol));
            return both;
        }
        NetlinkWriter writer = BeginDump(RouteMessageType.GetRoute);
        writer.WriteHeader(new RouteHeader { Family = WireAddress.FamilyOf(family), Protocol = protocol ?? 0 });
        if (table is { } number)
        {
            writer.WriteUInt32(RouteAttribute.Table, number);
        }
        _request.End(ref writer, $"ip route show table {(table is { } shown ? $"{shown}" : "all")}");
        // Asked for a table that nothing was ever added to, IPv4 says ENOENT.
        return DumpOrEmpty(
            Errno.ENOENT,
            (in NetlinkMessage message) =>
            {
                RouteInfo? route = RouteDecoder.Decode(message);
                return route is null || (table is { } wanted && route.Table != wanted) || (protocol is { } owner && route.Protocol != owner)
                    ? null
                    : route;
            });
    }

    /// <summary>Nexthop objects.</summary>
    /// <param name="protocol">Whose, or null for everybody's.</param>
    public List<NexthopInfo> Nexthops(byte? protocol = null)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetNexthop);
        writer.WriteHeader(default(NexthopHeader));
        _request.End(ref writer, "ip nexthop show");
        return _socket.Dump(_request, (in NetlinkMessage message) =>
        {
            NexthopInfo? nexthop = NexthopDecoder.Decode(message);
            return protocol is null || nexthop?.Protocol == protocol ? nexthop : null;
        });
    }

    /// <summary>Neighbour entries.</summary>
    /// <param name="family">IPv4, IPv6, or unspecified for both.</param>
    /// <param name="linkIndex">Of that interface; 0: of all.</param>
    /// <param name="proxies">The addresses that this machine answers for, instead.</param>
    public List<NeighbourInfo> Neighbours(AddressFamily family = AddressFamily.Unspecified, int linkIndex = 0, bool proxies = false)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetNeighbour);
        writer.WriteHeader(new NeighbourHeader
        {
            Family = WireAddress.FamilyOf(family),
            Flags = proxies ? (byte)NeighbourFlags.Proxy : (byte)0,
        });
        if (linkIndex != 0)
        {
            writer.WriteInt32(NeighbourAttribute.Interface, linkIndex);
        }
        _request.End(ref writer, $"ip neighbour show{(proxies ? " proxy" : "")}");
        return _socket.Dump(_request, (in NetlinkMessage message) =>
        {
            NeighbourInfo? neighbour = NeighbourDecoder.Decode(message);
            return linkIndex == 0 || neighbour?.LinkIndex == linkIndex ? neighbour : null;
        });
    }

    /// <summary>Forwarding entries of bridges and VXLAN devices.</summary>
    /// <param name="bridgeIndex">Those of that bridge and its ports; 0: all.</param>
    /// <param name="linkIndex">Those of that device alone (ndm_ifindex), such as a VXLAN's; 0: all.</param>
    public List<FdbInfo> Fdb(int bridgeIndex = 0, int linkIndex = 0)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetNeighbour);
        writer.WriteHeader(new NeighbourHeader { Family = WireAddress.Bridge, Index = linkIndex });
        if (bridgeIndex != 0)
        {
            writer.WriteInt32(NeighbourAttribute.Master, bridgeIndex);
        }
        _request.End(ref writer, $"bridge fdb show{(bridgeIndex == 0 ? "" : $" br if{bridgeIndex}")}{(linkIndex == 0 ? "" : $" dev if{linkIndex}")}");
        return DumpOrEmpty(
            Errno.ENODEV,
            (in NetlinkMessage message) =>
            {
                FdbInfo? entry = NeighbourDecoder.DecodeFdb(message);
                return linkIndex == 0 || entry?.LinkIndex == linkIndex ? entry : null;
            });
    }

    /// <summary>Routing rules in order.</summary>
    /// <param name="family">IPv4, IPv6, or unspecified for both.</param>
    public List<RuleInfo> Rules(AddressFamily family = AddressFamily.Unspecified)
    {
        if (family == AddressFamily.Unspecified)
        {
            List<RuleInfo> both = Rules(AddressFamily.InterNetwork);
            both.AddRange(Rules(AddressFamily.InterNetworkV6));
            return both;
        }
        NetlinkWriter writer = BeginDump(RouteMessageType.GetRule);
        writer.WriteHeader(new RuleHeader { Family = WireAddress.FamilyOf(family) });
        _request.End(ref writer, "ip rule show");
        return _socket.Dump(_request, RuleDecoder.Decode);
    }

    /// <summary>The dump, where one error only means that there is nothing.</summary>
    private List<T> DumpOrEmpty<T>(Errno nothing, NetlinkDecoder<T> decode) where T : class
    {
        try
        {
            return _socket.Dump(_request, decode);
        }
        catch (NetlinkException e) when (e.Errno == nothing)
        {
            return [];
        }
    }
}
