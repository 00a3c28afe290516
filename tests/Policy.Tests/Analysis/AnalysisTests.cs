using Weft.Policy.Analysis;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;
using static Weft.Policy.Tests.Worlds;

namespace Weft.Policy.Tests.Analysis;

/// <summary>Answers for people: explain, who-can-reach, test, what-if, lint.</summary>
public sealed class AnalysisTests
{
    private static readonly string Web = NetworkPolicy("web", "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: serve}]}, {ports: [{port: 53, protocol: UDP}]}]}");

    [Theory]
    [InlineData("x/b", "tcp/80", "ingress: allowed: NetworkPolicy x/web (NetworkPolicy), ingress rule 0")]
    [InlineData("x/b", "tcp/81", "  nearest: NetworkPolicy x/web, ingress rule 0: it allows tcp/serve, not tcp/81")]
    [InlineData("x/c", "tcp/80", "  nearest: NetworkPolicy x/web, ingress rule 1: it allows udp/53, not tcp/80")]
    [InlineData("node:n1", "tcp/80", "ingress: allowed: a pod's own node is exempt")]
    [InlineData("x/host", "tcp/80", "note: node n2 (192.168.0.2) is judged as a node; pods on its network are never selected as pods")]
    public void Explain_names_the_rule_or_the_nearest_and_what_is_special(string from, string port, string line)
    {
        PolicyWorld world = With(Web);
        var explainer = new PolicyExplainer(new PolicyEvaluator(world));
        Assert.Contains(line, explainer.Explain(FlowQuestions.Flows(world, from, "x/a", port)[0]).Lines);
    }

    [Fact]
    public void The_nearest_miss_says_which_label_is_missing()
    {
        PolicyWorld world = With(NetworkPolicy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {role: front}}}]}]}"));
        var explainer = new PolicyExplainer(new PolicyEvaluator(world));
        Assert.Contains("  nearest: NetworkPolicy x/p, ingress rule 0: it wants role=front of the pod, and y/a has no label role", explainer.Explain(FlowQuestions.Flows(world, "y/a", "x/a", "80")[0]).Lines);
        Assert.Contains("  nearest: NetworkPolicy x/p, ingress rule 0: it wants team=blue of the namespace, and x has team=red", explainer.Explain(FlowQuestions.Flows(world, "x/b", "x/a", "80")[0]).Lines);
    }

    [Fact]
    public void Who_can_reach_lists_endpoints_nodes_and_ranges_with_all_they_may()
    {
        PolicyWorld world = With(NetworkPolicy("p", "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80, endPort: 90}, {port: serve}]}, {from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.8/29]}}]}]}"));
        IReadOnlyList<Reach> reaches = Reachability.WhoCanReach(new PolicyEvaluator(world), world.Endpoints[new EndpointName("x", "a")]);
        Assert.Equal(
            [
                "x/b tcp/80-90", "x/c tcp/80-90", "node:n1 everything", "203.0.113.0-203.0.113.7 everything", "203.0.113.16-203.0.113.255 everything",
            ],
            reaches.Select(reach => $"{reach.Source} {reach.Traffic}"));
    }

    [Fact]
    public void What_if_tells_the_pairs_that_change()
    {
        IReadOnlyList<ReachChange> changes = Reachability.WhatChanges(With(), With(NetworkPolicy("p", "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]}")));
        Assert.All(changes, change => Assert.Equal(("x/a", "everything"), (change.Destination, change.Before.ToString())));
        Assert.Contains(changes, change => change is { Source: "y/a" } && change.After.ToString() == "tcp/80");
        Assert.Contains(changes, change => change.Source == "node:n2" && change.After.IsEmpty);
        Assert.Contains(changes, change => change.Source == "outside from 0.0.0.0 on" && change.After.IsEmpty);
        Assert.DoesNotContain(changes, change => change.Source == "node:n1");
        Assert.Empty(Reachability.WhatChanges(With(), With()));
    }

    [Fact]
    public void Tests_of_a_file_pass_and_fail_with_the_reason()
    {
        PolicyTestFile file = PolicyTestFile.Read("t.yaml", """
            apiVersion: weft.dev/v1
            kind: PolicyTest
            spec:
              manifests: [policies]
              tests:
              - {name: web, from: x/b, to: x/a, port: [tcp/serve, udp/53], expect: Allow}
              - {from: [y/a, 203.0.113.9], to: x/a, port: tcp/80, expect: Deny}
              - {from: y/b, to: x/a, port: tcp/80, expect: Allow}
              - {from: nobody, to: x/a, port: tcp/80, expect: Allow}
            """);
        IReadOnlyList<PolicyTestResult> results = PolicyTestRunner.Run(With(Web), file.Tests);
        Assert.Equal([true, true, true, true, false, false], results.Select(result => result.Passed));
        Assert.StartsWith("y/b (10.0.1.2) -> x/a (10.0.0.1) tcp/80 is denied", results[4].Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("there is no endpoint \"nobody\"", results[5].Lines[0], StringComparison.Ordinal);
        Assert.Equal("t.yaml:8", results[4].Test.Source);
    }

    [Theory]
    [InlineData("apiVersion: weft.dev/v1\nkind: PolicyTest\nspec: {tests: []}", "t:1: spec.tests: has no test; a run that checks nothing would always pass")]
    [InlineData("apiVersion: weft.dev/v1\nkind: PolicyTest\nspec: {tests: [{from: a, to: b, port: tcp/1, expect: allow}]}", "t:3: spec.tests[0].expect: \"allow\" is not known; known are Allow, Deny")]
    [InlineData("apiVersion: weft.dev/v1\nkind: PolicyTest\nspec: {tests: [{from: a, to: b, expect: Deny}]}", "t:3: spec.tests[0].port: is required: tcp/80, udp/53, tcp/NAME or icmp, or a list of these")]
    [InlineData("", "t:1: must be one document: an object of kind PolicyTest")]
    public void A_test_file_is_refused(string text, string problem) => Assert.Equal(problem, Assert.Throws<ManifestException>(() => PolicyTestFile.Read("t", text)).Message);

    [Theory]
    [InlineData("{podSelector: {matchLabels: {no: such}}}", "selects-nothing")]
    [InlineData("{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {no: such}}}]}]}", "selects-nothing")]
    [InlineData("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}", "range-covers-pods")]
    [InlineData("{podSelector: {}, ingress: [{ports: [{port: nobody}]}]}", "no-such-port")]
    [InlineData("{podSelector: {}, ingress: [{}, {ports: [{port: 80}]}]}", "shadowed")]
    [InlineData("{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}, {ports: [{port: 85}]}]}", "shadowed")]
    [InlineData("{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: serve}]}, {from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}", "")]
    public void Lint_finds(string spec, string codes) => Assert.Equal(codes, string.Join(',', PolicyLint.Check(With(NetworkPolicy("p", spec))).Select(finding => finding.Code)));

    [Fact]
    public void Lint_finds_ties_and_rules_that_an_earlier_policy_shadows()
    {
        string rule = "ingress: [{action: Deny, from: [{namespaces: {}}]}]";
        IReadOnlyList<LintFinding> findings = PolicyLint.Check(With(ClusterPolicy("a", "Admin", 1, rule), ClusterPolicy("b", "Admin", 1, rule)));
        Assert.Equal(["shadowed", "same-priority"], findings.Select(finding => finding.Code));
        Assert.All(findings, finding => Assert.Equal("b", finding.Policy.Name));
    }

    [Theory]
    [InlineData("a", "\"a\" is the name of 2 endpoints; write one of x/a, y/a")]
    [InlineData("node:n9", "there is no node \"n9\"; known are: n1, n2")]
    public void Ends_that_do_not_exist_are_told_with_those_that_do(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<QuestionException>(() => FlowQuestions.Flows(With(), text, "x/b", "80")).Message);
}
