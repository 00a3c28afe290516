using Weft.Policy.Evaluation;
using Weft.Policy.Model;
using static Weft.Policy.Tests.Worlds;

namespace Weft.Policy.Tests.Semantics;

/// <summary>What networking.k8s.io/v1 says, rule by rule (S1 to S15 of the project's reading of it; docs/policy.md).</summary>
public sealed class NetworkPolicyRules
{
    private const string AllowFromB = "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]";

    [Theory]
    [InlineData("{podSelector: {}, policyTypes: [Ingress]}", "y/a", "x/a", false)]
    [InlineData("{podSelector: {}, policyTypes: [Ingress]}", "x/a", "y/a", true)]
    [InlineData("{podSelector: {}, policyTypes: [Egress]}", "y/a", "x/a", true)]
    [InlineData("{podSelector: {}, policyTypes: [Egress]}", "x/a", "y/a", false)]
    [InlineData("{podSelector: {matchLabels: {pod: b}}, policyTypes: [Ingress, Egress]}", "y/a", "x/a", true)]
    [InlineData("{podSelector: {matchLabels: {pod: b}}, policyTypes: [Ingress, Egress]}", "y/a", "x/b", false)]
    [InlineData("{podSelector: {matchLabels: {pod: b}}, policyTypes: [Ingress, Egress]}", "x/b", "y/a", false)]
    [InlineData("{podSelector: {}, policyTypes: [Ingress]}", "203.0.113.9", "x/a", false)]
    public void S1_A_pod_is_isolated_in_a_direction_by_policies_of_its_namespace_that_select_it(string spec, string from, string to, bool allowed) =>
        Assert.Equal(allowed, With(NetworkPolicy("p", spec)).Allows(from, to));

    [Fact]
    public void S1_Rules_of_several_policies_are_a_union_and_none_takes_from_another()
    {
        PolicyWorld world = With(
            NetworkPolicy("deny", "{podSelector: {}, policyTypes: [Ingress]}"),
            NetworkPolicy("b", $"{{podSelector: {{}}, {AllowFromB}}}"),
            NetworkPolicy("c", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {pod: c}}}]}]}"));
        Assert.True(world.Allows("x/b", "x/a"));
        Assert.True(world.Allows("x/c", "x/a"));
        Assert.False(world.Allows("y/b", "x/a"));
    }

    [Theory]
    [InlineData("{podSelector: {}, egress: []}", false, true)]                      // does not isolate egress, isolates ingress
    [InlineData("{podSelector: {}}", false, true)]
    [InlineData("{podSelector: {}, egress: [{to: [{podSelector: {}}]}]}", false, false)]   // isolates ingress too, to nothing
    [InlineData("{podSelector: {}, policyTypes: [], egress: [{}]}", false, true)]
    [InlineData("{podSelector: {}, policyTypes: [Egress], ingress: [], egress: []}", true, false)]
    [InlineData("{podSelector: {}, policyTypes: [Ingress], ingress: [{}], egress: [{to: [{podSelector: {matchLabels: {no: one}}}]}]}", true, true)]   // rules of an absent type are ignored
    public void S2_Policy_types_default_to_Ingress_and_to_Egress_only_where_there_are_egress_rules(string spec, bool in_, bool out_)
    {
        PolicyWorld world = With(NetworkPolicy("p", spec));
        Assert.Equal(in_, world.Allows("y/a", "x/a"));
        Assert.Equal(out_, world.Allows("x/a", "y/a"));
    }

    [Theory]
    [InlineData("{podSelector: {}, policyTypes: [Ingress]}", false)]
    [InlineData("{podSelector: {}, policyTypes: [Ingress], ingress: null}", false)]
    [InlineData("{podSelector: {}, policyTypes: [Ingress], ingress: []}", false)]
    [InlineData("{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}", true)]
    [InlineData("{podSelector: {}, ingress: [{from: []}]}", true)]
    [InlineData("{podSelector: {}, ingress: [{from: null, ports: null}]}", true)]
    [InlineData("{podSelector: {}, ingress: [{ports: []}]}", true)]
    public void S3_Empty_and_missing_mean_the_same(string spec, bool allowed) => Assert.Equal(allowed, With(NetworkPolicy("p", spec)).Allows("y/a", "x/a"));

    [Theory]
    [InlineData("{podSelector: {matchLabels: {no: such}}}")]
    [InlineData("{namespaceSelector: {matchLabels: {no: such}}}")]
    [InlineData("{namespaceSelector: {matchLabels: {no: such}}, podSelector: {}}")]
    public void S3_TRAP_A_selector_that_matches_nothing_is_not_a_missing_selector(string peer)
    {
        PolicyWorld world = With(NetworkPolicy("p", $"{{podSelector: {{}}, ingress: [{{from: [{peer}]}}], egress: [{{to: [{peer}]}}]}}"));
        foreach (string other in (string[])["x/b", "y/a", "203.0.113.9", "node:n2"])
        {
            Assert.False(world.Allows(other, "x/a"));
            Assert.False(world.Allows("x/a", other));
        }
    }

    [Fact]
    public void S4_Ports_of_one_rule_do_not_mix_with_peers_of_another()
    {
        PolicyWorld world = With(NetworkPolicy("p", """
            {podSelector: {}, ingress: [
              {from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 80}, {port: 81}]},
              {from: [{podSelector: {matchLabels: {pod: c}}}], ports: [{port: 443}]}]}
            """));
        Assert.True(world.Allows("x/b", "x/a", "tcp/80"));
        Assert.True(world.Allows("x/b", "x/a", "tcp/81"));
        Assert.False(world.Allows("x/b", "x/a", "tcp/443"));
        Assert.True(world.Allows("x/c", "x/a", "tcp/443"));
        Assert.False(world.Allows("x/c", "x/a", "tcp/80"));
    }

    [Theory]
    [InlineData("[{podSelector: {}}]", "x/a,x/b,x/c")]                                                       // own namespace
    [InlineData("[{namespaceSelector: {}}]", "x/a,x/b,x/c,y/a,y/b,y/c")]
    [InlineData("[{namespaceSelector: {matchLabels: {team: blue}}}]", "y/a,y/b,y/c")]
    [InlineData("[{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {pod: b}}}]", "y/b")]
    [InlineData("[{namespaceSelector: {matchLabels: {team: blue}}}, {podSelector: {matchLabels: {pod: b}}}]", "x/b,y/a,y/b,y/c")]
    [InlineData("[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: y}}, podSelector: {matchLabels: {pod: c}}}]", "y/c")]
    [InlineData("[{namespaceSelector: {}, podSelector: null}]", "x/a,x/b,x/c,y/a,y/b,y/c")]
    public void S5_Peers_are_pods_of_the_own_or_of_selected_namespaces(string from, string allowed)
    {
        PolicyWorld world = With(NetworkPolicy("p", $"{{podSelector: {{matchLabels: {{pod: a}}}}, ingress: [{{from: {from}}}]}}"));
        string[] expected = [.. allowed.Split(',').Where(name => name != "x/a")];
        string[] all = ["x/b", "x/c", "y/a", "y/b", "y/c"];
        Assert.Equal(expected, all.Where(name => world.Allows(name, "x/a")));
        Assert.False(world.Allows("203.0.113.9", "x/a"));
        Assert.False(world.Allows("node:n2", "x/a"));      // no selector matches what is on a node's network
    }

    [Theory]
    [InlineData("{matchExpressions: [{key: pod, operator: In, values: [a, b]}]}", "abc", "ab")]
    [InlineData("{matchExpressions: [{key: pod, operator: NotIn, values: [a]}]}", "abc", "bc")]
    [InlineData("{matchExpressions: [{key: absent, operator: NotIn, values: [a]}]}", "abc", "abc")]         // TRAP: an absent key matches
    [InlineData("{matchExpressions: [{key: absent, operator: DoesNotExist}]}", "abc", "abc")]
    [InlineData("{matchExpressions: [{key: pod, operator: DoesNotExist}]}", "abc", "")]
    [InlineData("{matchExpressions: [{key: void, operator: Exists}]}", "abc", "abc")]                       // TRAP: an empty value exists
    [InlineData("{matchExpressions: [{key: void, operator: In, values: [\"\"]}]}", "abc", "abc")]
    [InlineData("{matchExpressions: [{key: void, operator: NotIn, values: [\"\"]}]}", "abc", "")]
    [InlineData("{matchLabels: {void: \"\"}}", "abc", "abc")]
    [InlineData("{matchLabels: {absent: \"\"}}", "abc", "")]                                                // TRAP: the key must be there
    [InlineData("{matchLabels: {pod: a}, matchExpressions: [{key: pod, operator: In, values: [b]}]}", "abc", "")]
    [InlineData("{}", "abc", "abc")]
    public void S6_Selectors_match_as_apimachinery_does(string selector, string pods, string expected)
    {
        PolicyWorld world = With(NetworkPolicy("p", $"{{podSelector: {selector}, policyTypes: [Ingress]}}"));
        Assert.Equal(expected, string.Concat(pods.Where(pod => !world.Allows("y/a", $"x/{pod}"))));
    }

    [Fact]
    public void S6_Namespaces_carry_their_name_as_a_label_also_without_an_object()
    {
        PolicyWorld world = With(
            NetworkPolicy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [z, w]}]}}]}]}"),
            Pod("z", "a", "10.0.9.1", "n1", 80));
        Assert.True(world.Allows("z/a", "x/a"));
        Assert.False(world.Allows("y/a", "x/a"));
    }

    [Theory]
    [InlineData("{port: 80}", "tcp/80", true)]
    [InlineData("{port: 80}", "udp/80", false)]
    [InlineData("{port: 80}", "tcp/81", false)]
    [InlineData("{protocol: UDP}", "udp/9", true)]
    [InlineData("{protocol: UDP}", "tcp/9", false)]
    [InlineData("{}", "tcp/9", true)]
    [InlineData("{}", "udp/9", false)]
    [InlineData("{port: 80, endPort: 90}", "tcp/80", true)]
    [InlineData("{port: 80, endPort: 90}", "tcp/90", true)]
    [InlineData("{port: 80, endPort: 90}", "tcp/79", false)]
    [InlineData("{port: 80, endPort: 90}", "tcp/91", false)]
    [InlineData("{port: 80, endPort: 80}", "tcp/80", true)]
    [InlineData("{port: 65535}", "tcp/65535", true)]
    [InlineData("{protocol: SCTP, port: 80}", "sctp/80", true)]
    [InlineData("{protocol: SCTP, port: 80}", "tcp/80", false)]
    [InlineData("{port: serve}", "tcp/80", true)]
    [InlineData("{port: serve, protocol: UDP}", "udp/80", false)]           // the name is a TCP port's
    [InlineData("{port: serve-udp, protocol: UDP}", "udp/80", true)]
    [InlineData("{port: nobody}", "tcp/80", false)]                        // no such port matches nothing, never everything
    [InlineData("{port: 80}", "icmp", false)]
    public void S7_Ports_match_protocol_number_range_and_name(string port, string question, bool allowed)
    {
        Assert.Equal(allowed, With(NetworkPolicy("p", $"{{podSelector: {{}}, ingress: [{{ports: [{port}]}}]}}")).Allows("y/a", "x/a", question));
        Assert.Equal(allowed, With(NetworkPolicy("p", $"{{podSelector: {{}}, policyTypes: [Egress], egress: [{{ports: [{port}]}}]}}")).Allows("x/a", "y/a", question));
    }

    [Fact]
    public void S7_A_named_port_is_the_number_that_each_destination_gives_it()
    {
        PolicyWorld ingress = With(NetworkPolicy("p", "{podSelector: {}, ingress: [{ports: [{port: serve}]}]}"));
        PolicyWorld egress = With(NetworkPolicy("p", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: serve}]}]}"));
        foreach ((PolicyWorld world, string from, string to) in (List<(PolicyWorld, string, string)>)[(ingress, "y/a", "x/"), (egress, "x/b", "y/")])
        {
            Assert.True(world.Allows(from, to + "a", "tcp/80"));
            Assert.False(world.Allows(from, to + "a", "tcp/8080"));
            Assert.False(world.Allows(from, to + "c", "tcp/80"));
            Assert.True(world.Allows(from, to + "c", "tcp/8080"));
        }
        Assert.False(egress.Allows("x/b", "203.0.113.9", "tcp/80"));       // never an address that is no pod's
        Assert.False(egress.Allows("x/b", "node:n2", "tcp/80"));
    }

    [Theory]
    [InlineData("10.0.1.0/24", "", "y/a", true)]                      // pods' addresses too
    [InlineData("10.0.1.0/24", "", "x/b", false)]
    [InlineData("10.0.1.77/24", "", "y/a", true)]                     // bits below the prefix are tolerated
    [InlineData("10.0.1.0/24", "10.0.1.1/32", "y/a", false)]
    [InlineData("10.0.1.0/24", "10.0.1.1/32", "y/b", true)]
    [InlineData("0.0.0.0/0", "", "203.0.113.9", true)]
    [InlineData("::/0", "", "203.0.113.9", false)]
    [InlineData("::/0", "", "2001:db8::1", true)]
    [InlineData("0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1", "203.0.113.9", false)]
    public void S8_Blocks_match_addresses_by_family_without_their_exceptions(string cidr, string except, string from, bool allowed)
    {
        PolicyWorld world = With(NetworkPolicy("p", $"{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: \"{cidr}\", except: [{except}]}}}}]}}]}}"));
        Assert.Equal(allowed, world.Judge(from, "x/a").Allowed);
    }

    [Theory]
    [InlineData("ingress: [{from: [{ipBlock: {cidr: 10.0.1.0/24, except: [10.0.1.1/32]}}, {ipBlock: {cidr: 10.0.1.1/32}}]}]")]
    [InlineData("ingress: [{from: [{ipBlock: {cidr: 10.0.1.0/24, except: [10.0.1.1/32]}}]}, {from: [{ipBlock: {cidr: 10.0.1.0/28}}]}]")]
    public void S8_What_one_item_excepts_another_may_allow(string rules) =>
        Assert.True(With(NetworkPolicy("p", $"{{podSelector: {{}}, {rules}}}")).Judge("y/a", "x/a").Allowed);

    [Fact]
    public void S9_A_pods_own_node_always_reaches_it_and_other_nodes_are_plain_addresses()
    {
        PolicyWorld world = With(NetworkPolicy("p", "{podSelector: {}, policyTypes: [Ingress, Egress]}"));
        Assert.Equal(VerdictReason.OwnNode, world.Judge("node:n1", "x/a").Ingress.Reason);
        Assert.True(world.Allows("node:n1", "x/a"));
        Assert.False(world.Allows("node:n2", "x/a"));
        Assert.True(world.Allows("x/host", "x/c"));        // on the node's network, its traffic is the node's
        Assert.False(world.Allows("x/host", "x/a"));
    }

    [Fact]
    public void S9_A_pod_reaches_its_own_node_only_if_its_egress_allows_it_or_the_setting_does()
    {
        PolicyWorld world = With(NetworkPolicy("p", "{podSelector: {}, policyTypes: [Egress]}"));
        Assert.False(world.Allows("x/a", "node:n1"));
        PolicyWorld open = world with { Settings = PolicySettings.Default with { OwnNodeAlwaysReachable = true } };
        Assert.Equal(VerdictReason.OwnNode, open.Judge("x/a", "node:n1").Egress.Reason);
        Assert.False(open.Allows("x/a", "node:n2"));
    }

    [Fact]
    public void S9_A_pod_reaches_itself() =>
        Assert.Equal(VerdictReason.Itself, With(NetworkPolicy("p", "{podSelector: {}, policyTypes: [Ingress, Egress]}")).Judge("x/a", "x/a").Ingress.Reason);

    [Fact]
    public void S10_Pods_on_the_nodes_network_are_no_subject_and_no_peer_and_match_blocks_alone()
    {
        PolicyWorld closed = With(NetworkPolicy("p", "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {}}]}]}"));
        Assert.True(closed.Allows("y/a", "x/host"));
        Assert.False(closed.Allows("x/host", "x/a"));
        PolicyWorld block = With(NetworkPolicy("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.2/32}}]}]}"));
        Assert.True(block.Judge("x/host", "x/a").Allowed);
        Assert.True(block.Judge("node:n2", "x/b").Allowed);
    }

    [Theory]
    [InlineData("{podSelector: {}, policyTypes: [Ingress]}", false)]
    [InlineData("{podSelector: {}, ingress: [{}]}", true)]
    [InlineData("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", true)]
    [InlineData("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{}, {protocol: UDP}, {protocol: SCTP}]}]}", false)]
    public void S11_Other_protocols_pass_by_rules_without_ports_alone(string spec, bool allowed) => Assert.Equal(allowed, With(NetworkPolicy("p", spec)).Allows("y/a", "x/a", "icmp"));

    [Fact]
    public void S11_SCTP_isolates_as_TCP_does()
    {
        PolicyWorld world = With(NetworkPolicy("p", "{podSelector: {}, ingress: [{ports: [{protocol: SCTP, port: serve-sctp}]}]}"));
        Assert.True(world.Allows("y/a", "x/a", "sctp/80"));
        Assert.False(world.Allows("y/a", "x/a", "sctp/81"));
    }

    [Fact]
    public void S12_An_endpoint_is_isolated_by_what_its_labels_say_even_if_no_policy_selected_anyone_before()
    {
        PolicyWorld world = With(NetworkPolicy("p", "{podSelector: {matchLabels: {pod: late}}, policyTypes: [Ingress]}"));
        PolicyEndpoint late = world.Endpoints[new EndpointName("x", "a")] with { Name = new EndpointName("x", "late"), Labels = Labels.LabelSet.From([new("pod", "late")]), Addresses = [System.Net.IPAddress.Parse("10.0.0.99")] };
        Assert.False(world.With(late).Judge("y/a", "x/late").Allowed);
    }

    [Fact]
    public void S13_The_same_evaluator_judges_a_flow_again_when_policies_change()
    {
        PolicyWorld before = With();
        PolicyWorld after = before.With(With(NetworkPolicy("p", "{podSelector: {}, policyTypes: [Ingress]}")).Policies.Values.Single());
        Assert.True(before.Judge("y/a", "x/a").Allowed);
        Assert.False(after.Judge("y/a", "x/a").Allowed);
        Assert.True(after.Without(new PolicyName("NetworkPolicy", "x", "p")).Judge("y/a", "x/a").Allowed);
    }

    [Fact]
    public void S15_A_verdict_names_the_policy_and_the_rule()
    {
        PolicyWorld world = With(
            NetworkPolicy("first", "{podSelector: {}, ingress: [{ports: [{port: 443}]}, {ports: [{port: 80}]}]}"),
            NetworkPolicy("second", "{podSelector: {}, ingress: [{ports: [{port: 443}]}]}"));
        SideVerdict allowed = world.Judge("y/a", "x/a").Ingress;
        Assert.Equal(("NetworkPolicy x/first", 1, PolicyTier.NetworkPolicy), (allowed.Policy.ToString(), allowed.Rule!.Index, allowed.Tier));
        SideVerdict denied = world.Judge("y/a", "x/a", "tcp/9").Ingress;
        Assert.Equal(VerdictReason.DefaultDeny, denied.Reason);
        Assert.Equal(["NetworkPolicy x/first", "NetworkPolicy x/second"], denied.Isolating.Select(name => name.ToString()));
    }
}
