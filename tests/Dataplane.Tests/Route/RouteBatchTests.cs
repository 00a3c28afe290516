using System.Net;
using Weft.Dataplane.Route;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Route;

/// <summary>Bytes and texts of the operations, compared with files that were checked against ip(8) once.</summary>
public sealed class RouteBatchTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:57:00:00:00:01");

    [Fact]
    public void A_veth_pair_is_one_message() => Bytes("veth.hex", new RouteBatch().CreateVeth(Samples.Veth with { Alias = null }));

    [Fact]
    public void A_bridge_is_one_message() => Bytes("bridge.hex", new RouteBatch().CreateBridge(Samples.Bridge));

    [Fact]
    public void A_vxlan_has_its_port_in_network_order() => Bytes("vxlan.hex", new RouteBatch().CreateVxlan(Samples.Vxlan));

    [Fact]
    public void A_macvlan_is_one_message() => Bytes("macvlan.hex", new RouteBatch().CreateMacvlan(Samples.Macvlan));

    [Fact]
    public void Bridge_port_flags_go_by_name() => Bytes(
        "bridge-port.hex",
        new RouteBatch().SetBridgePort("weftabc", new BridgePortFlags { Isolated = true, Learning = false, Locked = true }, up: true));

    [Fact]
    public void An_ipv4_route_with_an_ipv6_gateway_uses_rta_via() => Bytes(
        "route-via6.hex",
        new RouteBatch().AddRoute(new RouteSpec
        {
            Destination = IPNetwork.Parse("10.1.2.0/26"),
            Gateway = IPAddress.Parse("fe80::5757:2"),
            LinkIndex = 7,
            OnLink = true,
            Mtu = 1450,
        }));

    [Fact]
    public void A_nexthop_group_lists_its_members() => Bytes(
        "nexthop-group.hex", new RouteBatch().ReplaceNexthop(new NexthopSpec { Id = 9, Group = [new(1), new(2, 3)] }));

    [Fact]
    public void A_batch_prints_what_an_operator_would_type() => Golden.Text("batch.txt", Samples.Everything().ToString());

    [Fact]
    public void The_default_group_is_never_deleted() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RouteBatch().DeleteGroup(0));

    [Fact]
    public void Only_a_link_meant_by_index_can_be_renamed() =>
        Assert.Throws<ArgumentException>(() => new RouteBatch().SetLink("a", new LinkChange { NewName = "b" }));

    [Fact]
    public void A_vni_has_24_bits() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RouteBatch().CreateVxlan(new VxlanSpec { Name = "v", Vni = 1 << 24 }));

    [Fact]
    public void A_batch_that_failed_to_queue_an_operation_is_as_before()
    {
        RouteBatch batch = new RouteBatch().AddNexthop(new NexthopSpec { Id = 1, Blackhole = true });
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.AddNexthop(new NexthopSpec { Id = 2, Group = [new(1, 0)] }));
        Assert.Equal(1, batch.Count);
        Assert.Equal("ip nexthop add id 1 blackhole proto 87\n", batch.ToString());
    }

    private static void Bytes(string name, RouteBatch batch)
    {
        Assert.Equal(1, batch.Count);
        Golden.Bytes(name, batch.Messages.Bytes);
    }

    private static class Samples
    {
        public static readonly VethSpec Veth = new()
        {
            Name = "weftabc",
            Mac = Mac,
            Mtu = 1450,
            MasterIndex = 7,
            Alias = "weft",
            Group = 87,
            PeerName = "eth0",
            PeerMac = MacAddress.Parse("02:57:00:00:00:02"),
            Index = 100,
            PeerIndex = 2,
            Up = true,
        };

        public static readonly BridgeSpec Bridge = new() { Name = "weft1", Mac = Mac, Mtu = 1450, AgeingTime = TimeSpan.FromSeconds(30), Up = true };

        public static readonly VxlanSpec Vxlan = new()
        {
            Name = "weftvx1",
            Vni = 4097,
            Local = IPAddress.Parse("192.0.2.1"),
            LowerIndex = 3,
            Mac = Mac,
            Mtu = 1450,
            Ttl = 64,
        };

        public static readonly MacvlanSpec Macvlan = new() { Name = "weft1h", LowerIndex = 7, Mode = MacvlanMode.Source, Mac = Mac, Mtu = 1450 };

        public static RouteBatch Everything() => new RouteBatch()
            .CreateBridge(Bridge)
            .CreateVeth(Veth)
            .CreateVxlan(Vxlan with { AddressGeneration = AddressGenerationMode.None, Up = true })
            .CreateMacvlan(Macvlan with { AddressGeneration = AddressGenerationMode.None, Alias = "weft", Up = true })
            .CreateDummy(new DummySpec { Name = "d", Up = true })
            .SetBridgePort("weftabc", new BridgePortFlags { Isolated = true, Learning = false, Locked = true, Hairpin = false }, up: true)
            .SetLink(5, new LinkChange { Up = false, NewName = "eth1", MasterIndex = 0, Mtu = 1400, Mac = Mac, Alias = "a b", Promiscuous = true })
            .AddAddress(new AddressSpec { LinkIndex = 2, Address = new InterfaceAddress(IPAddress.Parse("10.0.0.7"), 32) })
            .AddAddress(new AddressSpec { LinkIndex = 2, Address = new InterfaceAddress(IPAddress.Parse("fd00::7"), 128), NoPrefixRoute = true })
            .AddRoute(new RouteSpec { Destination = IPNetwork.Parse("0.0.0.0/0"), Gateway = IPAddress.Parse("169.254.1.1"), LinkIndex = 2, OnLink = true })
            .AddRoute(new RouteSpec { Destination = IPNetwork.Parse("10.4.0.0/26"), NexthopId = 12, Mtu = 1450 })
            .ReplaceRoute(new RouteSpec { Destination = IPNetwork.Parse("10.5.0.0/26"), Type = RouteType.Blackhole, Priority = 9, Table = 1000 })
            .DeleteRoute(new RouteSpec { Destination = IPNetwork.Parse("fd00::/64"), Gateway = IPAddress.Parse("fe80::1"), LinkIndex = 2 })
            .AddNexthop(new NexthopSpec { Id = 12, Gateway = IPAddress.Parse("fe80::5757:2"), LinkIndex = 4, OnLink = true })
            .DeleteNexthop(12)
            .ReplaceNeighbour(new NeighbourSpec { LinkIndex = 2, Address = IPAddress.Parse("fe80::5757:2"), Mac = Mac })
            .AddNeighbour(new NeighbourSpec { LinkIndex = 2, Address = IPAddress.Parse("10.0.0.1"), Proxy = true })
            .AddFdb(new FdbSpec { LinkIndex = 6, Mac = Mac })
            .ReplaceFdb(new FdbSpec { LinkIndex = 4, Mac = Mac, Remote = IPAddress.Parse("192.0.2.2") })
            .AddRule(new RuleSpec { Priority = 100, Table = 1000, Mark = 0x57, From = IPNetwork.Parse("10.0.0.0/8"), InputInterface = "weft1" })
            .DeleteRule(new RuleSpec { Priority = 100, Family = System.Net.Sockets.AddressFamily.InterNetworkV6 })
            .DeleteLink("weftabc")
            .DeleteGroup(87);
    }
}
