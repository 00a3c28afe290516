using System.Net;
using System.Net.Sockets;
using CsCheck;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Tests.Overlay;

public sealed class OverlayPlanTests
{
    private static readonly OverlayNetwork Network = new() { Name = "default", Number = 1, Vni = 4097 };
    private static readonly OverlayNode Own = OverlayLab.Facts(1);

    private static readonly Gen<OverlayNode> AnyNode = Gen.Select(
        Gen.UInt[1, 40], Gen.Bool, Gen.Bool, Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, 3]), Gen.Int[0, 3], Gen.Int[1280, 9000],
        (number, four, six, link, blocks, mtu) =>
        {
            OverlayNode facts = OverlayLab.Facts(number);
            return facts with
            {
                Underlay4 = four ? facts.Underlay4 : null,
                Underlay6 = six ? facts.Underlay6 : null,
                Segments = link.Item1 ? facts.Segments : [],
                RoutesDirectly = link.Item2,
                // No Ethernet, one of two, or its own.
                Mac = link.Item3 == 0 ? null : link.Item3 == 1 ? new MacAddress([2, 0, 0, 2, 0, (byte)(number % 2)]) : facts.Mac,
                Mtu = mtu,
                Blocks = [.. facts.Blocks.Take(blocks), .. blocks == 3 ? [Cidr.Parse("10.99.0.0/26")] : (Cidr[])[]],
            };
        });

    private static readonly Gen<OverlayNode[]> AnyNodes = AnyNode.Array[0, 12];

    [Fact]
    public void Keys_of_a_node_follow_from_its_number()
    {
        Assert.Equal("fe80::5757:2", OverlayKeys.Gateway(2).ToString());
        Assert.Equal("fe80::3:5757:1", OverlayKeys.Gateway(0x30001).ToString());
        Assert.Equal("02:57:03:00:00:02", OverlayKeys.Mac(2).ToString());
        Assert.Equal(0x8010_0002u, OverlayKeys.Nexthop(1, 2));
    }

    [Fact]
    public void Keys_of_all_nodes_and_networks_differ() => Gen.Select(
        Gen.UInt[1, OverlayKeys.HighestNode], Gen.UInt[1, OverlayKeys.HighestNode], Gen.UInt[1, OverlayKeys.HighestNetwork], Gen.UInt[1, OverlayKeys.HighestNetwork])
        .Sample((a, b, m, n) =>
            (OverlayKeys.Nexthop(m, a) == OverlayKeys.Nexthop(n, b)) == ((a, m) == (b, n))
            && (OverlayKeys.Mac(a) == OverlayKeys.Mac(b)) == (a == b)
            && OverlayKeys.Gateway(a).Equals(OverlayKeys.Gateway(b)) == (a == b));

    [Fact]
    public void A_node_with_another_port_is_not_reached_and_named()
    {
        var plan = OverlayPlan.Build(Network, Own, [OverlayLab.Facts(2) with { Port = 8472 }, OverlayLab.Facts(3)]);

        Assert.Equal(3u, Assert.Single(plan.Peers).Node.Number);
        Assert.Contains("node2 has the overlay's UDP port 8472, and this node 4789", Assert.Single(plan.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void The_mtu_is_the_smallest_less_what_the_tunnel_adds()
    {
        OverlayNode[] nodes = [OverlayLab.Facts(2) with { Mtu = 9000 }, OverlayLab.Facts(3) with { Mtu = 1400 }];
        Assert.Equal(1350, OverlayPlan.Build(Network, Own, nodes).Device!.Mtu);
        Assert.Equal(1330, OverlayPlan.Build(Network with { Underlay = AddressFamily.InterNetworkV6 }, Own, nodes).Device!.Mtu);
    }

    [Fact]
    public void A_block_of_this_nodes_is_never_routed_away()
    {
        OverlayPlan plan = OverlayPlan.Build(Network, Own, [OverlayLab.Facts(2) with { Blocks = Own.Blocks }]);
        Assert.Equal(Own.Blocks.Count, plan.Problems.Count);
        Assert.Empty(Tables(plan).Routes);
    }

    [Fact]
    public void A_node_whose_facts_are_wrong_costs_no_other_node()
    {
        OverlayPlan plan = OverlayPlan.Build(Network, Own, [
            OverlayLab.Facts(2) with { Underlay4 = null },
            OverlayLab.Facts(3) with { Number = 0 },
            OverlayLab.Facts(4) with { Underlay4 = Own.Underlay4 },
            OverlayLab.Facts(5),
            OverlayLab.Facts(5) with { Name = "twin" },
        ]);
        Assert.Equal(5u, Assert.Single(plan.Peers).Node.Number);
        Assert.Equal(4, plan.Problems.Count);
    }

    [Fact]
    public void Both_ends_decide_alike_whether_they_need_the_tunnel() => Gen.Select(AnyNode, AnyNode).Sample((a, b) =>
        DirectRouting.IsUsed(a, b) == DirectRouting.IsUsed(b, a) && DirectRouting.IsTaken(a, b) == DirectRouting.IsTaken(b, a));

    [Fact]
    public void What_one_end_sends_without_the_tunnel_the_other_takes_also_while_it_has_not_heard_of_the_last_change() =>
        Gen.Select(AnyNode, AnyNode, Gen.Bool).Sample((a, b, before) =>
        {
            // One of them changes its mind; the sender knows it already or not yet, the receiver likewise.
            OverlayNode earlier = b with { RoutesDirectly = before };
            return (!DirectRouting.IsUsed(a, b) || DirectRouting.IsTaken(earlier, a)) && (!DirectRouting.IsUsed(earlier, a) || DirectRouting.IsTaken(a, b));
        });

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "192.0.2.2", 2, true, true)]
    [InlineData("192.0.2.0/24", "192.0.2.0/25", "192.0.2.2", 2, true, false)]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "198.51.100.2", 2, true, false)]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "192.0.2.2", 1, true, false)]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "192.0.2.2", 0, true, false)]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "192.0.2.2", 2, false, false)]
    public void Nodes_need_no_tunnel_when_both_say_so_on_one_segment_with_MACs_of_their_own(string segment, string others, string address, int mac, bool says, bool expected)
    {
        OverlayNode one = OverlayLab.Facts(1) with { Segments = [Cidr.Parse(segment)], RoutesDirectly = true };
        OverlayNode two = OverlayLab.Facts(2) with
        {
            Segments = [Cidr.Parse(others)],
            Underlay4 = IPAddress.Parse(address),
            Mac = mac == 0 ? null : OverlayLab.Facts((uint)mac).Mac,
            RoutesDirectly = says,
        };
        OverlayPeer peer = Assert.Single(OverlayPlan.Build(Network, one, [two], "eth0").Peers);
        Assert.Equal(expected, peer.IsDirect);
        Assert.Equal(expected || (!says && mac == 2), peer.Adjacent is not null);
        Assert.False(Assert.Single(OverlayPlan.Build(Network, one, [two]).Peers).IsDirect);
    }

    [Fact]
    public void The_order_in_which_nodes_are_known_makes_no_difference() => AnyNodes.Sample(nodes =>
    {
        OverlayNode[] distinct = [.. nodes.DistinctBy(n => n.Number)];
        OverlayTables one = Tables(OverlayPlan.Build(Network, Own, distinct, "eth0"));
        OverlayTables other = Tables(OverlayPlan.Build(Network, Own, distinct.Reverse(), "eth0"));
        return Operations(one, other).Count == 0;
    });

    [Fact]
    public void What_is_as_planned_needs_no_operation() =>
        AnyNodes.Sample(nodes => Operations(Tables(OverlayPlan.Build(Network, Own, nodes, "eth0")), Tables(OverlayPlan.Build(Network, Own, nodes, "eth0"))).Count == 0);

    [Fact]
    public void Additions_go_before_deletions_and_a_nexthop_before_its_routes() => Gen.Select(AnyNodes, AnyNodes).Sample((before, after) =>
    {
        List<string> operations = Operations(Tables(OverlayPlan.Build(Network, Own, after, "eth0")), Tables(OverlayPlan.Build(Network, Own, before, "eth0")));
        int lastAddition = operations.FindLastIndex(o => o.Contains(" replace ", StringComparison.Ordinal));
        int firstDeletion = operations.FindIndex(o => o.Contains(" del ", StringComparison.Ordinal));
        int firstRoute = operations.FindIndex(o => o.Contains("route replace", StringComparison.Ordinal));
        int lastNexthop = operations.FindLastIndex(o => o.Contains("nexthop replace", StringComparison.Ordinal));
        return (firstDeletion < 0 || lastAddition < firstDeletion) && (firstRoute < 0 || lastNexthop < firstRoute);
    });

    [Fact]
    public void A_block_that_goes_to_another_node_is_one_replacement()
    {
        var block = Cidr.Parse("10.99.0.0/26");
        OverlayNode two = OverlayLab.Facts(2);
        OverlayNode three = OverlayLab.Facts(3);
        OverlayTables before = Tables(OverlayPlan.Build(Network, Own, [two with { Blocks = [block] }, three with { Blocks = [] }]));
        OverlayTables after = Tables(OverlayPlan.Build(Network, Own, [two with { Blocks = [] }, three with { Blocks = [block] }]));
        Assert.Equal(["ip route replace 10.99.0.0/26 nhid 2148532227 proto 87 metric 87"], Operations(after, before).Select(o => o.Replace(" table 254", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_nexthop_of_another_program_is_named_and_left()
    {
        OverlayTables wanted = Tables(OverlayPlan.Build(Network, Own, [OverlayLab.Facts(2)]));
        var have = new OverlayState { Tables = new OverlayTables() };
        have.ForeignNexthops.Add(OverlayKeys.Nexthop(1, 2));
        var batch = new RouteBatch();
        Assert.Contains("2148532226", Assert.Single(OverlayDiff.Queue(batch, wanted, have)), StringComparison.Ordinal);
        Assert.DoesNotContain("nexthop", batch.ToString(), StringComparison.Ordinal);
    }

    private static OverlayTables Tables(OverlayPlan plan)
    {
        var tables = new OverlayTables();
        plan.AddTo(tables, 5, 7);
        return tables;
    }

    private static List<string> Operations(OverlayTables wanted, OverlayTables have)
    {
        var batch = new RouteBatch();
        OverlayDiff.Queue(batch, wanted, new OverlayState { Tables = have });
        return [.. Enumerable.Range(0, batch.Count).Select(batch.OperationAt)];
    }
}
