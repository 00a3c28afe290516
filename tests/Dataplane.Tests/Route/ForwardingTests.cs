using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Weft.Dataplane.Route;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Route;

/// <summary>Addresses, routes, nexthops, neighbours, forwarding entries and rules, on one end of a veth pair that is up.</summary>
public sealed class ForwardingTests : IDisposable
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:57:00:00:00:07");

    private readonly NamespacePair _pair = new();
    private readonly RouteSocket _socket;

    public ForwardingTests() => _socket = _pair.Left.OpenRoute();

    private int Dev => _pair.LeftIndex;

    public void Dispose()
    {
        _socket.Dispose();
        _pair.Dispose();
    }

    [KernelTheory]
    [InlineData("10.0.0.7", 32)]
    [InlineData("fd00::7", 128)]
    [InlineData("10.0.0.9", 24)]
    public void An_address_is_added_replaced_and_deleted(string text, int prefix)
    {
        var spec = new AddressSpec { LinkIndex = Dev, Address = new InterfaceAddress(IPAddress.Parse(text), prefix), Protocol = RouteProtocol.Weft };
        _socket.Execute(new RouteBatch().AddAddress(spec));
        AddressInfo added = Assert.Single(_socket.Addresses(Dev), found => found.Address == spec.Address);
        Assert.Equal((RouteProtocol.Weft, false, false), (added.Protocol, added.IsTentative, added.NoPrefixRoute));
        Assert.Equal(Errno.EEXIST, Refused(new RouteBatch().AddAddress(spec)));
        _socket.Execute(new RouteBatch().ReplaceAddress(spec with { NoPrefixRoute = true }));
        bool six = spec.Address.Address.AddressFamily == AddressFamily.InterNetworkV6;
        Assert.Equal(six, Assert.Single(_socket.Addresses(Dev), found => found.Address == spec.Address).NoPrefixRoute);

        JsonElement shown = Assert.Single(
            _pair.Left.Json("ip", "address", "show", "dev", "link").Single().GetProperty("addr_info").EnumerateArray(),
            info => info.GetProperty("local").GetString() == text);
        Assert.Equal(prefix, shown.GetProperty("prefixlen").GetInt32());
        if (six)
        {
            Assert.True(shown.GetProperty("noprefixroute").GetBoolean());
            Assert.True(shown.GetProperty("nodad").GetBoolean());
        }

        _socket.Execute(new RouteBatch().DeleteAddress(spec));
        Assert.DoesNotContain(_socket.Addresses(Dev), found => found.Address == spec.Address);
        Assert.Equal(Errno.EADDRNOTAVAIL, Refused(new RouteBatch().DeleteAddress(spec)));
    }

    [KernelFact]
    public void Addresses_of_an_interface_that_does_not_exist_are_none() => Assert.Empty(_socket.Addresses(4711));

    public static TheoryData<string> RouteKinds => ["via4", "via6", "via6for4", "blackhole", "unreachable", "throw", "device", "metrics", "table"];

    [KernelTheory]
    [MemberData(nameof(RouteKinds))]
    public void A_route_is_added_replaced_and_deleted(string kind)
    {
        RouteSpec spec = RouteOf(kind);
        _socket.Execute(new RouteBatch().AddRoute(spec));
        Assert.Equal(Errno.EEXIST, Refused(new RouteBatch().AddRoute(spec)));
        RouteInfo route = Assert.Single(_socket.Routes(protocol: RouteProtocol.Weft));
        bool discards = spec.Type is RouteType.Blackhole or RouteType.Unreachable or RouteType.Throw;
        bool six = spec.Destination.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        Assert.Equal(
            (spec.Destination, spec.Gateway, spec.Table, spec.Type, spec.Mtu, spec.AdvertisedMss, spec.OnLink, spec.Source),
            (route.Destination, route.Gateway, route.Table, route.Type, route.Mtu, route.AdvertisedMss, route.OnLink, route.Source));
        Assert.Equal(discards ? (six ? 1 : 0) : Dev, route.LinkIndex);

        JsonElement shown = Assert.Single(
            _pair.Left.Json("ip", six ? "-6" : "-4", "route", "show", "table", "all", "proto", "87"));
        Assert.Equal(spec.Destination.ToString().Replace("/32", "", StringComparison.Ordinal), shown.GetProperty("dst").GetString());
        if (spec.Gateway is { } gateway)
        {
            string? shownGateway = shown.TryGetProperty("gateway", out JsonElement plain)
                ? plain.GetString()
                : shown.GetProperty("via").GetProperty("host").GetString();
            Assert.Equal(gateway.ToString(), shownGateway);
        }

        RouteSpec wider = spec with { Mtu = 1300 };
        _socket.Execute(new RouteBatch().ReplaceRoute(wider));
        Assert.Equal(1300u, Assert.Single(_socket.Routes(protocol: RouteProtocol.Weft)).Mtu);

        Assert.Equal(Errno.ESRCH, Refused(new RouteBatch().DeleteRoute(spec with { Protocol = RouteProtocol.Static })));
        _socket.Execute(new RouteBatch().DeleteRoute(wider));
        Assert.Empty(_socket.Routes(protocol: RouteProtocol.Weft));
        Assert.Equal(Errno.ESRCH, Refused(new RouteBatch().DeleteRoute(wider)));
    }

    [KernelFact]
    public void Routes_are_filtered_by_table_and_a_table_without_routes_is_empty()
    {
        _socket.Execute(new RouteBatch().AddRoute(RouteOf("table")).AddRoute(RouteOf("blackhole")));
        Assert.Equal([1000u], _socket.Routes(table: 1000).Select(route => route.Table));
        Assert.Empty(_socket.Routes(table: 4711));
        Assert.Empty(_socket.Routes(AddressFamily.InterNetworkV6, protocol: RouteProtocol.Weft));
    }

    [KernelFact]
    public void Ipv4_and_ipv6_routes_use_one_nexthop_and_go_with_it()
    {
        var nexthop = new NexthopSpec { Id = 5702, Gateway = IPAddress.Parse("fe80::5757:2"), LinkIndex = Dev, OnLink = true };
        _socket.Execute(new RouteBatch()
            .AddNexthop(nexthop)
            .AddRoute(new RouteSpec { Destination = IPNetwork.Parse("10.2.0.0/26"), NexthopId = 5702 })
            .AddRoute(new RouteSpec { Destination = IPNetwork.Parse("fd00:2::/122"), NexthopId = 5702 }));
        NexthopInfo found = Assert.Single(_socket.Nexthops(RouteProtocol.Weft));
        Assert.Equal((5702u, nexthop.Gateway, Dev, true), (found.Id, found.Gateway, found.LinkIndex, found.OnLink));
        Assert.All(_socket.Routes(protocol: RouteProtocol.Weft), route => Assert.Equal(5702u, route.NexthopId));
        JsonElement shown = Assert.Single(_pair.Left.Json("ip", "nexthop", "show"));
        Assert.Equal((5702, "fe80::5757:2", "link"), (shown.GetProperty("id").GetInt32(), shown.GetProperty("gateway").GetString(), shown.GetProperty("dev").GetString()));

        _socket.Execute(new RouteBatch().ReplaceNexthop(nexthop with { Gateway = IPAddress.Parse("fe80::5757:3") }));
        Assert.Equal(IPAddress.Parse("fe80::5757:3"), Assert.Single(_socket.Routes(AddressFamily.InterNetwork, protocol: RouteProtocol.Weft)).Gateway);

        _socket.Execute(new RouteBatch().DeleteNexthop(5702));
        Assert.Empty(_socket.Routes(protocol: RouteProtocol.Weft));
        Assert.Equal(Errno.ENOENT, Refused(new RouteBatch().DeleteNexthop(5702)));
    }

    [KernelFact]
    public void Nexthops_come_as_groups_and_black_holes()
    {
        _socket.Execute(new RouteBatch()
            .AddNexthop(new NexthopSpec { Id = 1, Gateway = NamespacePair.RightAddress, LinkIndex = Dev })
            .AddNexthop(new NexthopSpec { Id = 2, Gateway = IPAddress.Parse("192.0.2.9"), LinkIndex = Dev })
            .AddNexthop(new NexthopSpec { Id = 3, Group = [new NexthopMember(1), new NexthopMember(2, 200)] })
            .AddNexthop(new NexthopSpec { Id = 4, Blackhole = true }));
        Dictionary<uint, NexthopInfo> found = _socket.Nexthops().ToDictionary(nexthop => nexthop.Id);
        Assert.Equal([new NexthopMember(1), new NexthopMember(2, 200)], found[3].Group);
        Assert.True(found[4].Blackhole);
        JsonElement group = _pair.Left.Json("ip", "nexthop", "show").Single(nexthop => nexthop.GetProperty("id").GetInt32() == 3).GetProperty("group");
        Assert.Equal(200, group[1].GetProperty("weight").GetInt32());
    }

    [KernelTheory]
    [InlineData("192.0.2.77")]
    [InlineData("fe80::5757:2")]
    public void A_neighbour_is_added_replaced_and_deleted(string address)
    {
        var spec = new NeighbourSpec { LinkIndex = Dev, Address = IPAddress.Parse(address), Mac = Mac };
        _socket.Execute(new RouteBatch().AddNeighbour(spec));
        Assert.Equal(Errno.EEXIST, Refused(new RouteBatch().AddNeighbour(spec)));
        NeighbourInfo found = Assert.Single(_socket.Neighbours(linkIndex: Dev), neighbour => neighbour.Address.Equals(spec.Address));
        Assert.Equal((Mac, NeighbourState.Permanent, RouteProtocol.Weft), (found.Mac!.Value, found.State, found.Protocol));
        _socket.Execute(new RouteBatch().ReplaceNeighbour(spec with { Mac = MacAddress.Parse("02:57:00:00:00:08") }));
        JsonElement shown = Assert.Single(_pair.Left.Json("ip", "neighbour", "show", address));
        Assert.Equal("02:57:00:00:00:08", shown.GetProperty("lladdr").GetString());
        Assert.Equal("PERMANENT", shown.GetProperty("state")[0].GetString());
        _socket.Execute(new RouteBatch().DeleteNeighbour(spec));
        Assert.DoesNotContain(_socket.Neighbours(linkIndex: Dev), neighbour => neighbour.Address.Equals(spec.Address));
        Assert.Equal(Errno.ENOENT, Refused(new RouteBatch().DeleteNeighbour(spec)));
    }

    [KernelFact]
    public void Proxy_neighbours_are_a_table_of_their_own()
    {
        var spec = new NeighbourSpec { LinkIndex = Dev, Address = IPAddress.Parse("192.0.2.50"), Proxy = true };
        _socket.Execute(new RouteBatch().AddNeighbour(spec));
        NeighbourInfo found = Assert.Single(_socket.Neighbours(proxies: true));
        Assert.Equal((spec.Address, Dev, NeighbourFlags.Proxy), (found.Address, found.LinkIndex, found.Flags));
        Assert.Contains("192.0.2.50", _pair.Left.Sh("ip neighbour show proxy"), StringComparison.Ordinal);
        _socket.Execute(new RouteBatch().DeleteNeighbour(spec));
        Assert.Empty(_socket.Neighbours(proxies: true));
    }

    [KernelFact]
    public void A_bridge_forwards_by_static_entries()
    {
        _socket.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "br0" }));
        int bridge = _socket.LinkByName("br0")!.Index;
        _socket.Execute(new RouteBatch().CreateVeth(new VethSpec { Name = "port", PeerName = "peer", MasterIndex = bridge }));
        int port = _socket.LinkByName("port")!.Index;
        var spec = new FdbSpec { LinkIndex = port, Mac = Mac };
        _socket.Execute(new RouteBatch().AddFdb(spec));
        FdbInfo found = Assert.Single(_socket.Fdb(bridge), entry => entry.Mac == Mac);
        Assert.Equal((port, bridge, NeighbourState.NoArp), (found.LinkIndex, found.MasterIndex, found.State));
        JsonElement shown = Assert.Single(_pair.Left.Json("bridge", "fdb", "show"), entry => entry.GetProperty("mac").GetString() == Mac.ToString());
        Assert.Equal(("port", "br0", "static"), (shown.GetProperty("ifname").GetString(), shown.GetProperty("master").GetString(), shown.GetProperty("state").GetString()));
        _socket.Execute(new RouteBatch().ReplaceFdb(spec).DeleteFdb(spec));
        Assert.DoesNotContain(_socket.Fdb(bridge), entry => entry.Mac == Mac);
        Assert.Equal(Errno.ENOENT, Refused(new RouteBatch().DeleteFdb(spec)));
        Assert.Empty(_socket.Fdb(4711));
    }

    [KernelFact]
    public void A_vxlan_forwards_to_the_node_that_an_entry_names()
    {
        _socket.Execute(new RouteBatch().CreateVxlan(new VxlanSpec { Name = "vx0", Vni = 7, Local = NamespacePair.LeftAddress }));
        int vxlan = _socket.LinkByName("vx0")!.Index;
        var spec = new FdbSpec { LinkIndex = vxlan, Mac = Mac, Remote = NamespacePair.RightAddress };
        _socket.Execute(new RouteBatch().AddFdb(spec));
        FdbInfo found = Assert.Single(_socket.Fdb(), entry => entry.Mac == Mac);
        Assert.Equal((vxlan, spec.Remote, NeighbourState.Permanent), (found.LinkIndex, found.Remote, found.State));
        _socket.Execute(new RouteBatch().ReplaceFdb(spec with { Remote = IPAddress.Parse("192.0.2.3") }));
        JsonElement shown = Assert.Single(_pair.Left.Json("bridge", "fdb", "show", "dev", "vx0"), entry => entry.GetProperty("mac").GetString() == Mac.ToString());
        Assert.Equal("192.0.2.3", shown.GetProperty("dst").GetString());
        _socket.Execute(new RouteBatch().DeleteFdb(new FdbSpec { LinkIndex = vxlan, Mac = Mac, Flags = NeighbourFlags.Self }));
        Assert.DoesNotContain(_socket.Fdb(), entry => entry.Mac == Mac);
    }

    [KernelTheory]
    [InlineData("192.0.2.1", "192.0.2.7", "2001:db8::7")]
    [InlineData("2001:db8::1", "2001:db8::7", "192.0.2.7")]
    public void A_vxlan_takes_another_source_address_and_keeps_its_entries(string before, string after, string otherFamily)
    {
        _socket.Execute(new RouteBatch().CreateVxlan(new VxlanSpec { Name = "vx0", Vni = 7, Port = 8472, Local = IPAddress.Parse(before), Up = true }));
        LinkInfo vxlan = _socket.LinkByName("vx0")!;
        _socket.Execute(new RouteBatch().AddFdb(new FdbSpec { LinkIndex = vxlan.Index, Mac = Mac, Remote = IPAddress.Parse(after) }));

        _socket.Execute(new RouteBatch().SetVxlanLocal(vxlan.Index, IPAddress.Parse(after)));

        LinkInfo now = _socket.LinkByName("vx0")!;
        Assert.Equal((vxlan.Index, vxlan.Mac, vxlan.Mtu, true), (now.Index, now.Mac, now.Mtu, now.IsUp));
        Assert.Equal((7u, (ushort)8472, IPAddress.Parse(after)), (now.Vxlan!.Vni, now.Vxlan.Port, now.Vxlan.Local));
        Assert.Single(_socket.Fdb(), entry => entry.Mac == Mac);
        Assert.Equal(Errno.EOPNOTSUPP, Refused(new RouteBatch().SetVxlanLocal(vxlan.Index, IPAddress.Parse(otherFamily))));
    }

    [KernelTheory]
    [InlineData("10.0.0.0/8")]
    [InlineData("fd00::/16")]
    public void A_rule_is_added_and_deleted(string from)
    {
        var prefix = IPNetwork.Parse(from);
        var spec = new RuleSpec
        {
            Family = prefix.BaseAddress.AddressFamily,
            Priority = 5700,
            Table = 1000,
            Mark = 0x57,
            MarkMask = 0xff,
            From = prefix,
            InputInterface = "link",
        };
        _socket.Execute(new RouteBatch().AddRule(spec));
        Assert.Equal(Errno.EEXIST, Refused(new RouteBatch().AddRule(spec)));
        RuleInfo found = Assert.Single(_socket.Rules(), rule => rule.Protocol == RouteProtocol.Weft);
        Assert.Equal(
            (spec.Family, spec.Priority, spec.Table, spec.Mark, spec.MarkMask, spec.From, spec.InputInterface, RuleAction.Lookup),
            (found.Family, found.Priority, found.Table, found.Mark, found.MarkMask, found.From, found.InputInterface, found.Action));
        JsonElement shown = Assert.Single(
            _pair.Left.Json("ip", spec.Family == AddressFamily.InterNetworkV6 ? "-6" : "-4", "rule", "show"),
            rule => rule.GetProperty("priority").GetInt32() == 5700);
        Assert.Equal(("1000", "0x57", "link"), (shown.GetProperty("table").GetString(), shown.GetProperty("fwmark").GetString(), shown.GetProperty("iif").GetString()));
        _socket.Execute(new RouteBatch().DeleteRule(spec));
        Assert.DoesNotContain(_socket.Rules(), rule => rule.Protocol == RouteProtocol.Weft);
        Assert.Equal(Errno.ENOENT, Refused(new RouteBatch().DeleteRule(spec)));
    }

    private Errno Refused(RouteBatch batch) => Assert.Single(_socket.TryExecute(batch)).Errno;

    private RouteSpec RouteOf(string kind) => kind switch
    {
        "via4" => new RouteSpec { Destination = IPNetwork.Parse("10.2.0.0/26"), Gateway = NamespacePair.RightAddress, LinkIndex = Dev },
        "via6" => new RouteSpec { Destination = IPNetwork.Parse("fd00:2::/122"), Gateway = NamespacePair.RightAddress6, LinkIndex = Dev },
        "via6for4" => new RouteSpec
        {
            Destination = IPNetwork.Parse("10.2.0.0/26"),
            Gateway = IPAddress.Parse("fe80::5757:2"),
            LinkIndex = Dev,
            OnLink = true,
        },
        "blackhole" => new RouteSpec { Destination = IPNetwork.Parse("10.3.0.0/26"), Type = RouteType.Blackhole },
        "unreachable" => new RouteSpec { Destination = IPNetwork.Parse("fd00:3::/122"), Type = RouteType.Unreachable },
        "throw" => new RouteSpec { Destination = IPNetwork.Parse("10.3.0.0/26"), Type = RouteType.Throw, Table = 1001 },
        "device" => new RouteSpec { Destination = IPNetwork.Parse("10.0.0.7/32"), LinkIndex = Dev, Source = NamespacePair.LeftAddress },
        "metrics" => new RouteSpec { Destination = IPNetwork.Parse("10.4.0.0/26"), LinkIndex = Dev, Mtu = 1400, AdvertisedMss = 1360, Priority = 50 },
        "table" => new RouteSpec { Destination = IPNetwork.Parse("10.5.0.0/26"), LinkIndex = Dev, Table = 1000 },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such route"),
    };
}
