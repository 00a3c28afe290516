using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

public sealed class FirewallPlanTests
{
    [Fact]
    public void The_rules_of_routed_traffic_are_as_reviewed() => Golden.Text("routed.nft", Build().Routed.ToString());

    [Fact]
    public void The_rules_of_containers_ports_are_as_reviewed() => Golden.Text("bridged.nft", Build().Bridged.ToString());

    [Fact]
    public void Containers_own_tunnels_are_dropped_on_the_overlays_port_too()
    {
        var overlay = OverlayPlan.Build(new OverlayNetwork { Name = "default", Number = 1, Vni = 1, Port = 8472 }, new OverlayNode { Name = "a", Number = 1 }, []);

        string rules = FirewallPlan.Build(RoutedRules.Table, BridgedRules.Table, Plans.Networks(), [], [], [overlay]).Bridged.ToString();

        Assert.Equal(2, rules.Split("udp dport 4789").Length - 1);
        Assert.Equal(2, rules.Split("udp dport 8472").Length - 1);
    }

    [Fact]
    public void A_node_without_networks_has_rules_without_elements()
    {
        FirewallPlan plan = FirewallPlan.Build(RoutedRules.Table, BridgedRules.Table, NetworkSnapshot.Empty, [], []);

        // Verdicts are part of the rules.
        Assert.All(plan.Routed.Sets.Where(set => !set.IsVerdictMap), set => Assert.Empty(plan.Routed.ElementsOf(set.Name)));
        Assert.All(plan.Bridged.Sets, set => Assert.Empty(plan.Bridged.ElementsOf(set.Name)));
        Assert.Equal(Build().Routed.Chains.Select(c => c.Name), plan.Routed.Chains.Select(c => c.Name));
        Assert.Equal(Build().Bridged.Chains.Select(c => c.Name), plan.Bridged.Chains.Select(c => c.Name));
    }

    [Fact]
    public void The_order_in_which_things_are_known_does_not_matter()
    {
        FirewallPlan shuffled = FirewallPlan.Build(
            RoutedRules.Table, BridgedRules.Table, Plans.Networks(), [.. Plans.Blocks().Reverse()], Plans.Attachments());

        Assert.Equal(Build().Routed.ToString(), shuffled.Routed.ToString());
    }

    private static FirewallPlan Build() =>
        FirewallPlan.Build(RoutedRules.Table, BridgedRules.Table, Plans.Networks(), Plans.Blocks(), Plans.Attachments());
}
