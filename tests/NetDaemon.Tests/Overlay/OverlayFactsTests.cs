using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Kernel;

namespace Weft.NetDaemon.Tests.Overlay;

public sealed class OverlayFactsTests
{
    [Fact]
    public void Each_network_gets_each_nodes_blocks_of_its_own_pools()
    {
        IReadOnlyList<OverlayPlan> plans = Build(
            [Node(1), Node(2), Node(3)],
            Block("default-v4", "10.83.0.64/26", 2), Block("default-v6", "fd00:57::40/122", 2), Block("lab-v4", "172.20.0.64/26", 3));

        Assert.Equal(["default", "lab"], plans.Select(p => p.Network.Name));
        Assert.Equal([1u, 2u], plans.Select(p => p.Network.Vni));
        Assert.Equal([2u, 3u], plans[0].Peers.Select(p => p.Node.Number));
        Assert.Equal(["10.83.0.64/26", "fd00:57::40/122"], plans[0].Peers[0].Blocks.Select(b => b.ToString()));
        Assert.Empty(plans[0].Peers[1].Blocks);
        Assert.Equal(["172.20.0.64/26"], plans[1].Peers[1].Blocks.Select(b => b.ToString()));
        Assert.All(plans, p => Assert.Empty(p.Problems));
    }

    [Fact]
    public void The_order_of_keys_makes_no_difference()
    {
        OwnedBlock[] blocks = [Block("default-v4", "10.83.0.64/26", 2), Block("default-v4", "10.83.4.0/26", 2), Block("default-v6", "fd00:57::40/122", 2)];

        IReadOnlyList<OverlayPlan> plans = Build([Node(1), Node(2)], blocks);
        IReadOnlyList<OverlayPlan> reversed = Build([Node(2), Node(1)], [.. blocks.Reverse()]);

        Assert.Equal(plans[0].Peers[0].Blocks, reversed[0].Peers[0].Blocks);
        Assert.Equal(plans[0].Device, reversed[0].Device);
    }

    [Theory]
    [InlineData("default-v4", "0.0.0.0/0")]
    [InlineData("default-v4", "192.0.2.0/24")]
    [InlineData("default-v4", "10.82.0.0/15")]
    [InlineData("gone", "10.83.0.64/26")]
    public void A_block_that_is_in_no_pool_leads_nowhere(string pool, string cidr) =>
        Assert.Empty(Assert.Single(Build([Node(1), Node(2)], Block(pool, cidr, 2))[0].Peers).Blocks);

    [Fact]
    public void A_moved_address_is_routed_to_its_node_and_let_in_from_there()
    {
        BlockSnapshot blocks = Snapshot(Block("default-v4", "10.83.0.0/26", 1), Block("default-v4", "10.83.0.64/26", 2));
        OwnedBlock[] moved =
        [
            new("default", Cidr.Parse("10.83.0.9/32"), 2, 1, 1), new("default", Cidr.Parse("10.83.0.70/32"), 2, 1, 1), new("default", Cidr.Parse("192.0.2.9/32"), 2, 1, 1),
            new("default", Cidr.Parse("10.83.0.71/32"), 1, 1, 1), new("nowhere", Cidr.Parse("10.83.0.10/32"), 2, 1, 1),
        ];

        OverlayPlan plan = OverlayFacts.Build(Plans.Networks(), Nodes([Node(1), Node(2)]), blocks, Node(1), moved: Snapshot(moved))[0];

        // The second is back in a block of its node's; the third is in no pool.
        Assert.Equal(["10.83.0.64/26", "10.83.0.9/32"], plan.Peers[0].Blocks.Select(b => b.ToString()));
        Assert.Empty(plan.Problems);
        Assert.Contains(Cidr.Parse("10.83.0.9/32"), OverlaySets.SendersOf(plan.Peers[0]));
        Assert.Contains("0a530009", OverlaySets.Difference([plan], []).Single(e => e.Set.Name == "moved4").Element.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_own_node_is_as_it_says_itself_whatever_the_store_says()
    {
        KnownNode stale = Node(1, mtu: 1280, addresses: ["192.0.2.99"]);

        OverlayPlan plan = Build([stale, Node(2)])[0];

        Assert.Equal(IPAddress.Parse("192.0.2.1"), plan.Device!.Local);
        Assert.Equal(1450, plan.Device.Mtu);
    }

    [Theory]
    [InlineData(9000u, 1450)]
    [InlineData(1400u, 1350)]
    [InlineData(1300u, 1280)]
    [InlineData(0u, 1280)]
    [InlineData(uint.MaxValue, 1450)]
    public void The_smallest_uplink_decides_the_MTU_which_is_never_below_what_IPv6_needs(uint published, int expected) =>
        Assert.Equal(expected, Build([Node(1), Node(2, mtu: published)])[0].Device!.Mtu);

    [Fact]
    public void Link_local_addresses_are_no_tunnel_ends()
    {
        OverlayPlan plan = Build([Node(1), Node(2, addresses: ["fe80::2", "192.0.2.2", "192.0.2.22", "2001:db8::2"])])[0];

        Assert.Equal(IPAddress.Parse("192.0.2.2"), plan.Peers[0].Underlay);
        Assert.Equal(IPAddress.Parse("2001:db8::2"), plan.Peers[0].Node.Underlay6);
    }

    [Theory]
    [InlineData("46 46 46", AddressFamily.InterNetwork)]
    [InlineData("46 46 6", AddressFamily.InterNetwork)]
    [InlineData("46 6 6", AddressFamily.InterNetworkV6)]
    [InlineData("6 6", AddressFamily.InterNetworkV6)]
    [InlineData("46 6", AddressFamily.InterNetworkV6)]
    [InlineData("4 4 -", AddressFamily.InterNetwork)]
    [InlineData("46", AddressFamily.InterNetwork)]
    [InlineData("-", AddressFamily.InterNetwork)]
    public void The_outer_family_is_IPv4_where_most_nodes_have_it(string nodes, AddressFamily expected) => Assert.Equal(
        expected,
        OverlayFacts.UnderlayOf([.. nodes.Split(' ').Select((families, i) => new OverlayNode
        {
            Name = $"node{i}",
            Number = (uint)i + 1,
            Underlay4 = families.Contains('4', StringComparison.Ordinal) ? IPAddress.Parse($"192.0.2.{i + 1}") : null,
            Underlay6 = families.Contains('6', StringComparison.Ordinal) ? IPAddress.Parse($"2001:db8::{i + 1}") : null,
        })]));

    [Theory]
    [InlineData(true, true, "192.0.2.1", true)]
    [InlineData(false, true, "192.0.2.1", true)]
    [InlineData(true, false, "192.0.2.1", false)]
    [InlineData(true, true, "192.0.2.9", false)]
    public void What_others_have_been_told_decides_about_the_tunnel_and_not_what_a_node_is_about_to_say(bool wants, bool published, string address, bool direct)
    {
        NodeSnapshot nodes = Nodes([Direct(1, published, address), Direct(2, true)]);
        OverlayPlan plan = OverlayFacts.Build(Plans.Networks(), nodes, Snapshot(), Direct(1, wants))[0];
        Assert.Equal(direct, Assert.Single(plan.Peers).IsDirect);
    }

    [Fact]
    public void A_node_that_nobody_has_heard_of_yet_uses_the_tunnel() =>
        Assert.False(Assert.Single(OverlayFacts.Build(Plans.Networks(), Nodes([Direct(2, true)]), Snapshot(), Direct(1, true))[0].Peers).IsDirect);

    private static KnownNode Direct(uint number, bool says, string? address = null)
    {
        Node record = Node(number, addresses: [address ?? $"192.0.2.{number}"]).Record;
        record.Segments.Add("192.0.2.0/24");
        record.Uplink = "eth0";
        record.UplinkMac = $"02:00:00:01:00:0{number}";
        record.DirectRouting = says;
        return KnownNode.Of(record);
    }

    private static IReadOnlyList<OverlayPlan> Build(KnownNode[] nodes, params OwnedBlock[] blocks) =>
        OverlayFacts.Build(Plans.Networks(), Nodes(nodes), Snapshot(blocks), Node(1));

    private static NodeSnapshot Nodes(KnownNode[] nodes) => new(nodes.ToImmutableSortedDictionary(n => n.Name, n => n, StringComparer.Ordinal), 7);

    private static BlockSnapshot Snapshot(params OwnedBlock[] blocks) =>
        new(blocks.ToImmutableSortedDictionary(b => StoreKeys.Block(b.Pool, b.Cidr.ToString()), b => b, StringComparer.Ordinal), 7);

    private static KnownNode Node(uint number, uint mtu = 1500, string[]? addresses = null)
    {
        var record = new Node { Name = $"node{number}", Number = number, Mtu = mtu };
        record.UnderlayAddresses.AddRange(addresses ?? [$"192.0.2.{number}", $"2001:db8::{number}"]);
        return KnownNode.Of(record);
    }

    private static OwnedBlock Block(string pool, string cidr, uint owner) => new(pool, Cidr.Parse(cidr), owner, 1, 5);
}
