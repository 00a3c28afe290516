using System.Threading.Channels;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Overlay;

/// <summary>The overlay as a part of a whole node.</summary>
public sealed class OverlayNodeTests
{
    private const int Repaired = 1002;

    private static readonly OverlayNetwork Network = new() { Name = "default", Number = 1, Vni = 4097 };

    [KernelTheory]
    [InlineData("ip link del weft1x")]
    [InlineData("ip link set weft1x down")]
    [InlineData("ip link set weft1x address 02:00:00:00:00:99")]
    [InlineData("ip route del 10.83.2.0/26 metric 87")]
    [InlineData("ip nexthop flush proto 87")]
    [InlineData("bridge fdb del 02:57:03:00:00:02 dev weft1x self")]
    [InlineData("bridge fdb replace 02:57:03:00:00:02 dev weft1x dst 192.0.2.77 self permanent")]
    [InlineData("bridge fdb add 02:57:03:00:00:09 dev weft1x dst 192.0.2.2 self permanent")]
    [InlineData("ip neigh del fe80::5757:2 dev weft1x")]
    [InlineData("nft flush ruleset")]
    public async Task What_others_do_to_the_overlay_is_noticed_and_repaired(string damage)
    {
        await using TestNode node = await TestNode.StartAsync(NftablesOwner.Off);
        node.Kernel.Overlays = Plans(2);
        await node.Reconciler.RunAsync(ReconcileCause.Configuration);
        node.Reconciler.Watch();
        node.Namespace.Sh(damage);
        Assert.Contains("after ", await node.Log.NextAsync(Repaired), StringComparison.Ordinal);
        await node.Reconciler.RunAsync(ReconcileCause.Foreign);
        Assert.Equal(0, await node.Reconciler.RunAsync(ReconcileCause.Periodic));
        using RouteSocket socket = node.Namespace.OpenRoute();
        Assert.Contains(socket.Routes(protocol: RouteProtocol.Weft), r => r.NexthopId == OverlayKeys.Nexthop(1, 2));
    }

    [KernelFact]
    public async Task A_weftd_that_starts_again_changes_nothing()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Overlays = node.Kernel.Overlays = Plans(2, 3);
        await node.Reconciler.RunAsync(ReconcileCause.Configuration);
        await using TestNode again = await node.RestartAsync();
        Assert.Equal(0, again.StartOperations);
    }

    [KernelFact]
    public async Task Overlays_that_are_not_known_yet_are_left_as_they_are()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Kernel.Overlays = Plans(2, 3);
        await node.Reconciler.RunAsync(ReconcileCause.Configuration);
        await using TestNode again = await node.RestartAsync();
        Assert.NotNull(again.Link("weft1x"));
        again.Kernel.Overlays = [];
        await again.Reconciler.RunAsync(ReconcileCause.Configuration);
        Assert.Null(again.Link("weft1x"));
    }

    [KernelFact]
    public async Task A_change_is_carried_out_at_once_and_a_look_finds_nothing_left()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Kernel.Overlays = Plans(2);
        await node.Reconciler.RunAsync(ReconcileCause.Configuration);
        ReconcileReport joined = node.Kernel.ChangeOverlays(Plans(2, 3));
        Assert.Empty(joined.Problems);
        Assert.Equal(0, await node.Reconciler.RunAsync(ReconcileCause.Periodic));
        Assert.Empty(node.Kernel.ChangeOverlays(Plans(3)).Problems);
        Assert.Equal(0, await node.Reconciler.RunAsync(ReconcileCause.Periodic));
    }

    [KernelFact]
    public async Task What_weftd_changes_itself_makes_it_look_at_nothing()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Kernel.Overlays = Plans(2, 3);
        await node.Reconciler.RunAsync(ReconcileCause.Configuration);
        var suspicions = Channel.CreateUnbounded<string>();
        using var watcher = new KernelWatcher(node.Kernel, node.Catalog, node.Table, reason => suspicions.Writer.TryWrite(reason), _ => { }, _ => { });
        OverlayNode moved = OverlayLab.Facts(3) with { Underlay4 = System.Net.IPAddress.Parse("192.0.2.33") };

        OverlayPlan[][] changes = [Plans(2, 3, 4), [OverlayPlan.Build(Network, OverlayLab.Facts(1), [OverlayLab.Facts(2), moved, OverlayLab.Facts(4)])], Plans(2)];
        for (int id = 1; id <= changes.Length; id++)
        {
            Assert.NotEqual(0, node.Kernel.ChangeOverlays(changes[id - 1]).Operations);
            // What somebody else does is told of last.
            node.Namespace.Sh($"ip nexthop add id {id} blackhole proto 87");
            Assert.Equal($"nexthop {id} was changed", await suspicions.Reader.ReadAsync());
        }
    }

    [KernelFact]
    public async Task A_node_with_wrong_facts_is_named_and_the_bridges_are_no_worse_for_it()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Kernel.Overlays = [OverlayPlan.Build(Network, OverlayLab.Facts(1), [OverlayLab.Facts(2) with { Underlay4 = null }])];
        ReconcileReport report = await node.Reconciler.LookAsync(ReconcileCause.Configuration);
        Assert.Empty(report.Problems);
        Assert.Contains("node2", Assert.Single(node.Kernel.OverlayProblems), StringComparison.Ordinal);
        var status = new StatusReply();
        node.Health.FillIn(status);
        Assert.Equal(Health.Degraded, status.Conditions.Single(c => c.Name == HealthBoard.Overlay).Health);
    }

    [KernelFact]
    public async Task An_address_that_moves_away_is_routed_there_at_once_and_not_back_to_its_bridge()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.SwitchBridgeNetfilter(true);
        node.Kernel.Overlays = Plans(2);
        await node.Reconciler.RunAsync(ReconcileCause.Configuration);
        OverlayNode other = OverlayLab.Facts(2);
        OverlayPlan[] moved =
        [
            OverlayPlan.Build(Network, OverlayLab.Facts(1), [other with { Blocks = [.. other.Blocks, Cidr.Parse("10.83.1.20/32"), Cidr.Parse("fd00:57::1:14/128")] }]),
        ];

        Assert.Empty(node.Kernel.ChangeOverlays(moved).Problems);
        Assert.Equal(0, await node.Reconciler.RunAsync(ReconcileCause.Periodic));
        Assert.Contains("10.83.1.20 nhid", node.Namespace.Sh("ip route"), StringComparison.Ordinal);
        Assert.Contains("10.83.1.20", node.Namespace.Sh("nft list set inet weft moved4"), StringComparison.Ordinal);
        Assert.Contains("fd00:57::1:14", node.Namespace.Sh("nft list set inet weft moved6"), StringComparison.Ordinal);
        Assert.Contains("throw 10.83.1.20", node.Namespace.Sh("ip route show table 87000001"), StringComparison.Ordinal);
        Assert.Contains("throw fd00:57::1:14", node.Namespace.Sh("ip -6 route show table 87000001"), StringComparison.Ordinal);

        Assert.Empty(node.Kernel.ChangeOverlays(Plans(2)).Problems);
        Assert.Equal(0, await node.Reconciler.RunAsync(ReconcileCause.Periodic));
        Assert.DoesNotContain("10.83.1.20", node.Namespace.Sh("ip route show table all"), StringComparison.Ordinal);
        Assert.DoesNotContain("10.83.1.20", node.Namespace.Sh("nft list ruleset"), StringComparison.Ordinal);
    }

    private static OverlayPlan[] Plans(params uint[] others) => [OverlayPlan.Build(Network, OverlayLab.Facts(1), others.Select(OverlayLab.Facts))];
}
