using Weft.Policy.Evaluation;
using Weft.Policy.Model;
using Weft.Policy.Objects;
using static Weft.Policy.Tests.Worlds;

namespace Weft.Policy.Tests.Semantics;

/// <summary>The tiers of policy.networking.k8s.io/v1alpha2: Admin, NetworkPolicy, Baseline (section 1.2 of the project's reading of it; docs/policy.md).</summary>
public sealed class ClusterPolicyRules
{
    private const string FromBlue = "from: [{namespaces: {matchLabels: {team: blue}}}]";
    private const string Everything = "from: [{namespaces: {}}]";

    private static readonly string Isolate = NetworkPolicy("isolate", "{podSelector: {}, policyTypes: [Ingress]}");
    private static readonly string AllowAll = NetworkPolicy("open", "{podSelector: {}, ingress: [{}]}");

    private static string Admin(string name, int priority, string action, string more = FromBlue) => ClusterPolicy(name, "Admin", priority, $"ingress: [{{action: {action}, {more}}}]");

    private static string Baseline(string name, int priority, string action, string more = FromBlue) => ClusterPolicy(name, "Baseline", priority, $"ingress: [{{action: {action}, {more}}}]");

    [Fact]
    public void Admin_rules_are_final_before_network_policies_are_asked()
    {
        Assert.True(With(Admin("a", 1, "Accept"), Isolate).Allows("y/a", "x/a"));
        Assert.False(With(Admin("a", 1, "Deny"), AllowAll).Allows("y/a", "x/a"));
        Assert.False(With(Admin("a", 1, "Accept"), Isolate).Allows("x/b", "x/a"));     // no rule of it matches
    }

    [Fact]
    public void Pass_leaves_the_admin_tier_and_asks_no_rule_behind_it()
    {
        Assert.True(With(Admin("a", 1, "Pass"), Admin("b", 2, "Deny")).Allows("y/a", "x/a"));
        Assert.False(With(Admin("a", 1, "Pass"), Admin("b", 2, "Accept"), Isolate).Allows("y/a", "x/a"));
        Assert.False(With(Admin("a", 1, "Pass"), Admin("b", 2, "Accept"), Baseline("c", 1, "Deny")).Allows("y/a", "x/a"));
    }

    [Fact]
    public void Rules_are_asked_by_priority_and_then_as_written()
    {
        Assert.False(With(Admin("z", 1, "Deny"), Admin("a", 2, "Accept")).Allows("y/a", "x/a"));
        string ordered = ClusterPolicy("p", "Admin", 5, $"ingress: [{{action: Accept, {FromBlue}, protocols: [{{tcp: {{destinationPort: {{number: 80}}}}}}]}}, {{action: Deny, {FromBlue}}}]");
        Assert.True(With(ordered).Allows("y/a", "x/a", "tcp/80"));
        Assert.False(With(ordered).Allows("y/a", "x/a", "tcp/81"));
        Assert.Equal(1, With(ordered).Judge("y/a", "x/a", "icmp").Ingress.Rule!.Index);
    }

    [Fact]
    public void Policies_of_one_priority_are_asked_by_name() =>
        Assert.Equal("a", With(Admin("b", 1, "Deny"), Admin("a", 1, "Accept")).Judge("y/a", "x/a").Ingress.Policy!.Value.Name);

    [Fact]
    public void Baseline_rules_are_for_pods_that_no_network_policy_isolates()
    {
        Assert.False(With(Baseline("b", 1, "Deny")).Allows("y/a", "x/a"));
        Assert.True(With(Baseline("b", 1, "Deny"), AllowAll).Allows("y/a", "x/a"));
        Assert.False(With(Baseline("b", 1, "Accept"), Isolate).Allows("y/a", "x/a"));
        Assert.True(With(Baseline("b", 1, "Pass"), Baseline("c", 2, "Deny")).Allows("y/a", "x/a"));
        Assert.True(With(Baseline("b", 1, "Deny")).Allows("x/b", "x/a"));            // nothing is isolated by a cluster policy's presence
    }

    [Fact]
    public void TRAP_A_network_policy_for_the_other_direction_does_not_skip_the_baseline()
    {
        PolicyWorld world = With(Baseline("b", 1, "Deny"), NetworkPolicy("egress", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"));
        Assert.False(world.Allows("y/a", "x/a"));
    }

    [Fact]
    public void An_accepting_egress_rule_does_not_skip_the_destinations_ingress()
    {
        PolicyWorld world = With(
            ClusterPolicy("out", "Admin", 1, "egress: [{action: Accept, to: [{namespaces: {}}]}]", "{namespaces: {matchLabels: {team: blue}}}"),
            Isolate);
        Verdict verdict = world.Judge("y/a", "x/a");
        Assert.True(verdict.Egress.Allowed);
        Assert.False(verdict.Allowed);
    }

    [Theory]
    [InlineData("{networks: [10.0.1.0/24]}", "y/a", false)]
    [InlineData("{networks: [10.0.1.0/24]}", "x/b", true)]
    [InlineData("{networks: [0.0.0.0/0]}", "203.0.113.1", false)]
    [InlineData("{networks: [0.0.0.0/0]}", "2001:db8::1", true)]
    [InlineData("{nodes: {matchLabels: {zone: two}}}", "node:n2", false)]
    [InlineData("{nodes: {matchLabels: {zone: two}}}", "x/host", false)]       // on the node's network
    [InlineData("{nodes: {}}", "node:n1", false)]
    [InlineData("{nodes: {}}", "y/a", true)]
    [InlineData("{pods: {namespaceSelector: {}, podSelector: {matchLabels: {pod: b}}}}", "y/b", false)]
    [InlineData("{pods: {namespaceSelector: {}, podSelector: {matchLabels: {pod: b}}}}", "y/a", true)]
    [InlineData("{namespaces: {}}", "x/host", true)]
    public void Egress_peers_are_pods_nodes_and_networks(string peer, string to, bool allowed) =>
        Assert.Equal(allowed, With(ClusterPolicy("p", "Admin", 1, $"egress: [{{action: Deny, to: [{peer}]}}]")).Judge("x/a", to).Allowed);

    [Theory]
    [InlineData("{tcp: {destinationPort: {number: 80}}}", "tcp/80", false)]
    [InlineData("{tcp: {destinationPort: {number: 80}}}", "udp/80", true)]
    [InlineData("{udp: {destinationPort: {range: {start: 50, end: 60}}}}", "udp/60", false)]
    [InlineData("{udp: {destinationPort: {range: {start: 50, end: 60}}}}", "udp/61", true)]
    [InlineData("{sctp: {destinationPort: {number: 80}}}", "sctp/80", false)]
    [InlineData("{destinationNamedPort: serve}", "tcp/80", false)]
    [InlineData("{destinationNamedPort: serve}", "udp/80", true)]
    [InlineData("{destinationNamedPort: serve-udp}", "udp/80", false)]
    public void Protocols_match_numbers_ranges_and_names(string protocol, string question, bool allowed) =>
        Assert.Equal(allowed, With(Admin("p", 1, "Deny", $"{Everything}, protocols: [{protocol}]")).Allows("y/a", "x/a", question));

    [Fact]
    public void Pods_on_the_nodes_network_are_no_subject() => Assert.True(With(Admin("p", 1, "Deny", Everything)).Allows("y/a", "x/host"));

    [Fact]
    public void A_pod_reaches_itself_whatever_the_admin_tier_says() => Assert.True(With(Admin("p", 1, "Deny", Everything)).Allows("x/a", "x/a"));

    [Theory]
    [InlineData("Accept", false)]
    [InlineData("Deny", false)]
    [InlineData("Pass", false)]
    [InlineData("Maybe", false)]
    public void S14_A_stored_rule_with_an_unknown_peer_or_action_is_read_as_closed(string action, bool allowed)
    {
        var policy = new Contracts.V1.ClusterNetworkPolicy
        {
            Metadata = new() { Name = "p" },
            Tier = "Admin",
            Subject = new() { Namespaces = new() },
            Ingress = { new Contracts.V1.ClusterIngressRule { Action = action, From = { new Contracts.V1.ClusterPolicyPeer() } } },
        };
        PolicyDefinition read = PolicyReader.Read(policy);
        Assert.NotEmpty(read.Faults);
        Assert.Equal(allowed, With(Isolate).With(read).Allows("y/a", "x/a"));
    }

    [Fact]
    public void S14_A_stored_network_policy_that_cannot_be_understood_isolates_and_allows_nothing()
    {
        var policy = new Contracts.V1.NetworkPolicy
        {
            Metadata = new() { Name = "p", Namespace = "x" },
            PodSelector = new() { MatchExpressions = { new Contracts.V1.SelectorRequirement { Key = "a", Operator = "Like" } } },
            PolicyTypes = { "Sideways" },
            Ingress = { new Contracts.V1.NetworkPolicyIngressRule { From = { new Contracts.V1.NetworkPolicyPeer() }, Ports = { new Contracts.V1.NetworkPolicyPort { Protocol = "QUIC" } } } },
        };
        PolicyDefinition read = PolicyReader.Read(policy);
        Assert.Equal(4, read.Faults.Length);
        PolicyWorld world = With().With(read);
        Assert.False(world.Allows("y/a", "x/a"));
        Assert.False(world.Allows("x/a", "y/a"));
        Assert.True(world.Allows("y/a", "y/b"));
    }
}
