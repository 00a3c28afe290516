using Weft.Policy.Evaluation;
using Weft.Policy.Model;
using static Weft.Policy.Tests.Worlds;

namespace Weft.Policy.Tests.Semantics;

/// <summary>What is Weft's own: NetworkSets, HostPolicies, staged policies.</summary>
public sealed class WeftRules
{
    private const string Office = "apiVersion: weft.dev/v1\nkind: NetworkSet\nmetadata: {name: office, labels: {place: office}}\nspec: {cidrs: [203.0.113.0/24, \"2001:db8::/32\"]}";

    private static string HostPolicy(string spec) => $"apiVersion: weft.dev/v1\nkind: HostPolicy\nmetadata: {{name: h}}\nspec: {spec}";

    [Fact]
    public void A_network_set_is_a_peer_of_the_rule_that_an_annotation_names()
    {
        string policy = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: p, namespace: x, annotations: {ingress.weft.dev/rule-1-network-sets: "place in (office)"}}
            spec: {podSelector: {}, ingress: [{ports: [{port: 1}]}, {from: [{podSelector: {}}], ports: [{port: 80}]}]}
            """;
        Assert.True(With(policy, Office).Judge("203.0.113.9", "x/a").Allowed);
        Assert.False(With(policy, Office).Judge("203.0.113.9", "x/a", "tcp/81").Allowed);
        Assert.False(With(policy, Office).Judge("198.51.100.1", "x/a").Allowed);
        Assert.False(With(policy).Judge("203.0.113.9", "x/a").Allowed);       // no such set: nobody, never everybody
    }

    [Fact]
    public void A_host_policy_isolates_the_nodes_that_it_selects_but_for_fail_safe_ports()
    {
        PolicyWorld world = With(Office, HostPolicy("{nodeSelector: {matchLabels: {zone: two}}, ingress: [{from: [{networkSetSelector: {matchLabels: {place: office}}}], ports: [{port: 9100}]}, {from: [{nodeSelector: {}}]}]}"));
        Assert.True(world.Allows("203.0.113.9", "node:n2", "tcp/9100"));
        Assert.False(world.Allows("198.51.100.1", "node:n2", "tcp/9100"));
        Assert.Equal(VerdictReason.FailSafe, world.Judge("198.51.100.1", "node:n2", "tcp/22").Ingress.Reason);
        Assert.Equal(VerdictReason.FailSafe, world.Judge("198.51.100.1", "node:n2", "tcp/10250").Ingress.Reason);
        Assert.True(world.Allows("node:n1", "node:n2", "tcp/1234"));
        Assert.True(world.Allows("198.51.100.1", "node:n1", "tcp/9100"));
        Assert.True(world.Allows("node:n2", "198.51.100.1", "tcp/9100"));    // egress is not isolated
    }

    [Fact]
    public void A_node_reaches_its_own_pods_under_any_host_policy()
    {
        PolicyWorld world = With(HostPolicy("{nodeSelector: {}, policyTypes: [Egress]}"));
        Assert.True(world.Allows("node:n1", "x/a"));
        Assert.False(world.Allows("node:n2", "x/a"));
    }

    [Fact]
    public void Fail_safe_ports_are_a_setting()
    {
        PolicyWorld world = With(HostPolicy("{nodeSelector: {}}"));
        Assert.True(world.Allows("198.51.100.1", "node:n1", "tcp/22"));
        Assert.False((world with { Settings = PolicySettings.Default with { FailSafe = FailSafePorts.None } }).Allows("198.51.100.1", "node:n1", "tcp/22"));
    }

    [Fact]
    public void A_host_policy_judges_what_pods_send_to_their_node_and_what_pods_on_its_network_get()
    {
        PolicyWorld world = With(HostPolicy("{nodeSelector: {matchLabels: {zone: two}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}"));
        Assert.True(world.Allows("y/b", "x/host", "tcp/80"));
        Assert.False(world.Allows("y/a", "x/host", "tcp/80"));
        Assert.False(world.Allows("x/c", "node:n2", "tcp/80"));
    }

    [Fact]
    public void A_staged_policy_is_told_and_not_enforced()
    {
        string staged = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: s, namespace: x, annotations: {weft.dev/staged: \"true\"}}\nspec: {podSelector: {}, policyTypes: [Ingress]}";
        Verdict verdict = With(staged).Judge("y/a", "x/a");
        Assert.True(verdict.Allowed);
        Assert.Equal(VerdictReason.NotIsolated, verdict.Ingress.Reason);
        Assert.False(verdict.StagedAllowed);
        Assert.Equal("NetworkPolicy x/s", verdict.StagedIngress!.Policy.ToString());
        Assert.Null(verdict.StagedEgress);
        Assert.Null(With().Judge("y/a", "x/a").StagedIngress);
    }
}
