using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Overlay;

/// <summary>Overlays between namespaces: real VXLAN devices, real packets.</summary>
public sealed class OverlayKernelTests
{
    private const string Device = "weft1x";

    [KernelTheory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void Containers_of_three_nodes_reach_each_other_over_ipv4_and_ipv6(AddressFamily underlay)
    {
        using var lab = new OverlayLab(3, underlay: underlay);
        lab.Reconcile();
        lab[1].Reaches(lab[2]);
        lab[2].Reaches(lab[3]);
        lab[3].Reaches(lab[1]);
        Assert.Equal(underlay == AddressFamily.InterNetwork ? 1450 : 1430, lab[1].Socket.LinkByName(Device)!.Mtu);
    }

    [KernelFact]
    public void A_restart_without_a_change_sends_nothing()
    {
        using var lab = new OverlayLab(3);
        lab.Reconcile();
        lab[1].Restart();
        ReconcileReport report = lab[1].Run();
        Assert.Empty(report.Changes);
        Assert.Equal(0, report.Operations);
    }

    [KernelTheory]
    [InlineData("ip link set weft1x down")]
    [InlineData("ip link del weft1x")]
    [InlineData("ip link set weft1x address 02:00:00:00:00:99")]
    [InlineData("ip link set weft1x mtu 1280")]
    [InlineData("ip route del 10.83.2.0/26 metric 87")]
    [InlineData("ip -6 route del fd00:57::2:0/122 metric 87")]
    [InlineData("ip neigh flush dev weft1x nud permanent")]
    [InlineData("ip nexthop flush proto 87")]
    [InlineData("bridge fdb replace 02:57:03:00:00:02 dev weft1x dst 192.0.2.99 self permanent")]
    [InlineData("bridge fdb del 02:57:03:00:00:02 dev weft1x self")]
    [InlineData("ip link set weft1x alias weft-overlay-of-nobody")]
    public void Damage_is_repaired_by_one_look(string damage)
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        lab[1].Namespace.Sh(damage);
        if (damage.EndsWith("nobody", StringComparison.Ordinal))
        {
            // A device that says it is somebody else's is not taken over.
            Assert.NotEmpty(lab[1].Run().Problems);
            return;
        }
        ReconcileReport repaired = lab[1].Run();
        Assert.NotEqual(0, repaired.Operations);
        Assert.Empty(repaired.Problems);
        lab[1].Reaches(lab[2]);
        Assert.Empty(lab[1].Run().Changes);
        LinkInfo device = lab[1].Socket.LinkByName(Device)!;
        Assert.Equal((OverlayKeys.Mac(1), 1450, true), (device.Mac!.Value, device.Mtu, device.IsUp));
    }

    [KernelFact]
    public void A_link_that_bounced_lost_its_routes_without_a_word_and_gets_them_back()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        lab[1].Namespace.Sh("ip link set weft1x down");
        lab[1].Namespace.Sh("ip link set weft1x up");
        Assert.Empty(lab[1].Socket.Nexthops(RouteProtocol.Weft));
        Assert.Empty(lab[1].Run().Problems);
        lab[1].Reaches(lab[2]);
    }

    [KernelFact]
    public void A_node_that_joins_leaves_or_moves_is_a_handful_of_operations()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        OverlayNode joined = OverlayLab.Facts(9);
        Assert.Equal(3 + 2, lab[1].Apply([.. lab[1].Known, joined]).Operations);
        OverlayNode moved = joined with { Underlay4 = IPAddress.Parse("192.0.2.200") };
        Assert.Equal(1, lab[1].Apply([.. lab[1].Known, moved]).Operations);
        OverlayNode claimed = moved with { Blocks = [.. moved.Blocks, Cidr.Parse("10.83.99.0/26")] };
        Assert.Equal(1, lab[1].Apply([.. lab[1].Known, claimed]).Operations);
        Assert.Equal(3, lab[1].Apply(lab[1].Known).Operations);
        Assert.Empty(lab[1].Run().Changes);
        lab[1].Reaches(lab[2]);
    }

    [KernelFact]
    public void A_change_after_somebody_elses_damage_is_applied_all_the_same()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        lab[1].Namespace.Sh("ip link del weft1x");
        Assert.Empty(lab[1].Apply([.. lab[1].Known, OverlayLab.Facts(9)]).Problems);
        lab[1].Reaches(lab[2]);
        Assert.Empty(lab[1].Run([.. lab[1].Known, OverlayLab.Facts(9)]).Changes);
    }

    [KernelFact]
    public void A_thousand_stale_objects_of_ours_go_and_others_stay()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        int device = lab[1].Socket.LinkByName(Device)!.Index;
        var stale = new RouteBatch();
        for (uint i = 0; i < 200; i++)
        {
            var mac = OverlayKeys.Mac(5000 + i);
            IPAddress gateway = OverlayKeys.Gateway(5000 + i);
            uint nexthop = OverlayKeys.Nexthop(1, 5000 + i);
            stale.AddNeighbour(new NeighbourSpec { LinkIndex = device, Address = gateway, Mac = mac })
                .AddFdb(new FdbSpec { LinkIndex = device, Mac = mac, Remote = IPAddress.Parse("192.0.2.77") })
                .AddNexthop(new NexthopSpec { Id = nexthop, Gateway = gateway, LinkIndex = device, OnLink = true })
                .AddRoute(new RouteSpec { Destination = new IPNetwork(OverlayLab.Address(IPAddress.Parse("10.90.0.0"), i << 6), 26), NexthopId = nexthop, Priority = 87 })
                .AddRoute(new RouteSpec { Destination = new IPNetwork(OverlayLab.Address(IPAddress.Parse("10.91.0.0"), i << 6), 26), NexthopId = OverlayKeys.Nexthop(1, 2), Priority = i });
        }
        lab[1].Socket.Execute(stale);
        lab[1].Namespace.Sh("ip nexthop add id 77 via 192.0.2.2 dev eth0 proto static");
        lab[1].Namespace.Sh("ip route add 198.51.100.0/24 nhid 77 proto static");
        lab[1].Namespace.Sh("ip route add 10.83.2.0/26 via 192.0.2.2 metric 500 proto static");
        ReconcileReport report = lab[1].Run();
        Assert.Empty(report.Problems);
        Assert.Equal((1, 1, 2), (lab[1].Socket.Nexthops(RouteProtocol.Weft).Count, lab[1].Socket.Fdb(linkIndex: device).Count, lab[1].Socket.Routes(protocol: RouteProtocol.Weft).Count));
        Assert.Equal(2, lab[1].Socket.Routes(AddressFamily.InterNetwork, RouteTable.Main, RouteProtocol.Static).Count);
        Assert.Contains(lab[1].Socket.Nexthops(), n => n.Id == 77);
        Assert.Empty(lab[1].Run().Changes);
        lab[1].Reaches(lab[2]);
    }

    [KernelFact]
    public void The_bridges_reconciler_leaves_overlay_routes_alone_and_the_overlay_leaves_its_routes()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        var links = new LinkReconciler(lab[1].Socket);
        LinkPlan plan = LinkPlan.Build(NetworkSnapshot.Empty, [Cidr.Parse("10.83.1.0/26")], []);
        links.Run(plan);
        Assert.Empty(lab[1].Run().Changes);
        Assert.Empty(links.Run(plan).Changes);
        lab[1].Reaches(lab[2]);
    }

    [KernelTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nodes_of_one_segment_talk_without_a_tunnel_and_go_back_into_it(bool hasIPv6)
    {
        using var lab = new OverlayLab(2, direct: true);
        OverlayPlan[] plans = [.. lab.Nodes.Select(n => Plan(lab, n, hasIPv6, [.. lab.Nodes.Select(o => o.Own)]))];
        Assert.All(lab.Nodes.Zip(plans), n => Assert.Empty(n.First.Reconciler.Run([n.Second]).Problems));
        if (!hasIPv6)
        {
            // A segment with IPv4 addresses alone, also no link-local ones: one next hop serves both families all the same.
            Assert.All(lab.Nodes, n => n.Namespace.Sh("ip -6 addr flush dev eth0"));
        }
        lab[1].Reaches(lab[2]);
        Assert.Equal(0, Transmitted(lab[1]));
        Assert.All(lab[1].Socket.Nexthops(RouteProtocol.Weft), n => Assert.Equal(lab[1].Uplink, n.LinkIndex));
        Assert.Empty(lab[1].Reconciler.Run([plans[0]]).Changes);

        // The next hop, and the neighbour on the uplink.
        Assert.Equal(2, lab[1].Reconciler.Apply([Plan(lab, lab[1], hasIPv6, [lab[2].Own with { Segments = [] }])]).Operations);
        // The other end has not heard of it yet: nothing is lost.
        lab[1].Reaches(lab[2]);
        Assert.NotEqual(0, Transmitted(lab[1]));
        Assert.DoesNotContain(lab[1].Socket.Neighbours(AddressFamily.InterNetworkV6, lab[1].Uplink), n => n.Protocol == RouteProtocol.Weft);
    }

    [KernelTheory]
    [InlineData("ip link set eth0 down && ip link set eth0 up")]
    [InlineData("ip nexthop flush proto 87")]
    [InlineData("ip neigh del fe80::5757:2 dev eth0")]
    [InlineData("ip neigh replace fe80::5757:2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent proto 87")]
    public void Damage_to_direct_routes_is_repaired_by_one_look(string damage)
    {
        using var lab = new OverlayLab(2, direct: true);
        lab.Reconcile();
        foreach (string command in damage.Split(" && "))
        {
            lab[1].Namespace.Sh(command);
        }
        Assert.Empty(lab[1].Run().Problems);
        lab[1].Reaches(lab[2]);
        Assert.Equal(0, Transmitted(lab[1]));
        Assert.Empty(lab[1].Run().Changes);
    }

    [KernelFact]
    public void Without_its_uplink_a_node_keeps_to_the_tunnel()
    {
        using var lab = new OverlayLab(2, direct: true);
        OverlayPlan plan = OverlayPlan.Build(lab.Network, lab[1].Own, lab[1].Known, "gone0");
        Assert.Empty(lab[1].Reconciler.Run([plan]).Problems);
        Assert.All(lab[1].Socket.Nexthops(RouteProtocol.Weft), n => Assert.NotEqual(lab[1].Uplink, n.LinkIndex));
        Assert.Empty(lab[1].Reconciler.Run([plan]).Changes);
    }

    [KernelFact]
    public void A_vni_that_somebody_else_has_is_named()
    {
        using var lab = new OverlayLab(1);
        lab[1].Namespace.Sh("ip link add theirs type vxlan id 4097 dstport 4789 local 192.0.2.1");
        string problem = Assert.Single(lab[1].Run().Problems);
        Assert.Contains("theirs", problem, StringComparison.Ordinal);
        Assert.NotNull(lab[1].Socket.LinkByName("theirs"));
    }

    [KernelFact]
    public void A_device_of_a_network_that_is_no_more_goes()
    {
        using var lab = new OverlayLab(1);
        lab.Reconcile();
        Assert.Equal(1, lab[1].Reconciler.Run([]).Operations);
        Assert.Null(lab[1].Socket.LinkByName(Device));
    }

    [KernelFact]
    public void Five_thousand_nodes_are_programmed_by_one_look_and_a_second_finds_nothing()
    {
        using var lab = new OverlayLab(1);
        OverlayNode[] nodes = [.. Enumerable.Range(2, 5000).Select(n => OverlayLab.Facts((uint)n) with
        {
            Underlay4 = OverlayLab.Address(IPAddress.Parse("10.200.0.0"), (uint)n),
            Blocks =
            [
                Cidr.Containing(OverlayLab.Address(IPAddress.Parse("10.96.0.0"), (uint)n << 6), 26),
                Cidr.Containing(OverlayLab.Address(IPAddress.Parse("fd00:57::"), (uint)n << 16), 122),
            ],
        })];
        ReconcileReport first = lab[1].Run(nodes);
        Assert.Empty(first.Problems);
        Assert.True(first.Operations >= 25_000, $"{first.Operations} operations");
        lab[1].Restart();
        Assert.Empty(lab[1].Run(nodes).Changes);
        Assert.Equal(3, lab[1].Apply(nodes[1..]).Operations);
    }

    private static OverlayPlan Plan(OverlayLab lab, OverlayLab.LabNode node, bool hasIPv6, OverlayNode[] nodes)
    {
        return OverlayPlan.Build(lab.Network, Cut(node.Own), nodes.Select(Cut), "eth0");

        OverlayNode Cut(OverlayNode facts) => hasIPv6 ? facts
            : facts with { Underlay6 = null, Segments = [.. facts.Segments.Where(s => s.Family == AddressFamily.InterNetwork)] };
    }

    private static long Transmitted(OverlayLab.LabNode node) => node.Namespace.Json("ip", "-s", "link", "show", "dev", Device).Single()
        .GetProperty("stats64").GetProperty("tx").GetProperty("packets").GetInt64();
}
