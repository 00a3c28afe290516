using System.Net;
using Weft.Policy.Compilation;
using Weft.Policy.Labels;
using Weft.Policy.Model;
using static Weft.Policy.Tests.Worlds;

namespace Weft.Policy.Tests.Compilation;

/// <summary>What is compiled, and how little of it a change touches.</summary>
public sealed class CompilerTests
{
    private static readonly string Web = NetworkPolicy("web", """
        {podSelector: {}, ingress: [
          {from: [{podSelector: {matchLabels: {pod: b}}}, {ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.128/25]}}], ports: [{port: 80}, {port: 81}, {port: 90, endPort: 99}, {port: serve-udp, protocol: UDP}]},
          {ports: [{port: 53, protocol: UDP}]}]}
        """);

    [Fact]
    public void A_chain_has_a_test_for_each_kind_of_peer_and_port_and_ends_in_the_policies_that_deny()
    {
        CompiledPolicy compiled = PolicyCompiler.Load(With(Web), "n1").Snapshot();
        CompiledClass item = Assert.Single(compiled.Classes.Values);
        string text = item.Enforced.ToString();
        foreach (CompiledSet set in compiled.Sets.Values)
        {
            text = text.Replace(set.Id.Text, $"<{string.Join(' ', set.Elements.Select(element => element.ToString()).Order(StringComparer.Ordinal).Take(3))}>", StringComparison.Ordinal);
        }
        Assert.Equal(
            """
            NetworkPolicy: @<203.0.113.0-203.0.113.127> tcp {80-81, 90-99} allow (NetworkPolicy x/web rule 0)
            NetworkPolicy: @<203.0.113.0-203.0.113.127> @<10.0.0.1 . udp . 80 10.0.0.2 . udp . 80 10.0.0.3 . udp . 8080> allow (NetworkPolicy x/web rule 0)
            NetworkPolicy: @<10.0.0.2 fd00::10:0:0:2> tcp {80-81, 90-99} allow (NetworkPolicy x/web rule 0)
            NetworkPolicy: @<10.0.0.2 fd00::10:0:0:2> @<10.0.0.1 . udp . 80 10.0.0.2 . udp . 80 10.0.0.3 . udp . 8080> allow (NetworkPolicy x/web rule 0)
            NetworkPolicy: any udp {53} allow (NetworkPolicy x/web rule 1)
            end: deny (NetworkPolicy x/web)
            """,
            text);
        Assert.Equal(4, compiled.Assignments.Count);       // a and b of x, in two families; c is on another node
    }

    [Fact]
    public void Tiers_are_sections_and_a_baseline_behind_isolation_is_left_out()
    {
        string admin = ClusterPolicy("a", "Admin", 1, "ingress: [{action: Pass, from: [{namespaces: {}}]}]");
        string baseline = ClusterPolicy("b", "Baseline", 1, "ingress: [{action: Deny, from: [{namespaces: {}}]}]");
        Assert.Equal([PolicyTier.Admin, PolicyTier.Baseline], Tiers(With(admin, baseline)));
        Assert.Equal([PolicyTier.Admin, PolicyTier.NetworkPolicy], Tiers(With(admin, baseline, Web)));

        static IEnumerable<PolicyTier> Tiers(PolicyWorld world) => Assert.Single(PolicyCompiler.Load(world, "n1").Snapshot().Classes.Values).Enforced.Sections.Select(section => section.Tier);
    }

    [Fact]
    public void Endpoints_that_the_same_policies_select_share_a_class_and_rules_with_one_selector_a_set()
    {
        PolicyWorld world = With(Web, NetworkPolicy("more", "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}"));
        CompiledPolicy compiled = PolicyCompiler.Load(world, null).Snapshot();
        Assert.Equal(2, compiled.Classes.Count);
        Assert.Equal([2, 4], compiled.Assignments.GroupBy(pair => pair.Value).Select(group => group.Count()).Order());
        Assert.Single(compiled.Sets.Values, set => set.Source is SetSource.Endpoints);
    }

    [Fact]
    public void An_endpoint_is_a_few_elements_however_much_there_is()
    {
        PolicyWorld world = With([.. Enumerable.Range(0, 100).Select(i => NetworkPolicy($"p{i}", $"{{podSelector: {{matchLabels: {{app: app{i}}}}}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: app{(i + 1) % 100}}}}}}}]}}]}}"))]);
        PolicyCompiler compiler = PolicyCompiler.Load(world, "n1");
        for (int i = 0; i < 300; i++)
        {
            compiler.Set(Endpoint(i));
        }
        compiler.TakeChange();
        compiler.Set(Endpoint(300));
        PolicyChange change = compiler.TakeChange();
        Assert.Equal((1, 1, 0, 0), (change.Assigned.Count, change.ElementsAdded.Count, change.ClassesWritten.Count, change.SetsAdded.Count));
        compiler.Set(Endpoint(300) with { Labels = LabelSet.From([new("app", "app7"), new("other", "label")]) });
        Assert.Equal(3, compiler.TakeChange().Size);
        compiler.Remove(Endpoint(300).Name);
        Assert.Equal(2, compiler.TakeChange().Size);
        Assert.True(compiler.TakeChange().IsEmpty);
    }

    [Fact]
    public void A_policy_with_other_rules_rewrites_its_classes_and_moves_nobody()
    {
        PolicyWorld world = With(Web);
        PolicyCompiler compiler = PolicyCompiler.Load(world, "n1");
        compiler.TakeChange();
        compiler.Set(With(NetworkPolicy("web", "{podSelector: {}, ingress: [{ports: [{port: 443}]}]}")).Policies.Values.Single());
        PolicyChange change = compiler.TakeChange();
        Assert.Equal((1, 0, 0), (change.ClassesWritten.Count, change.Assigned.Count, change.ClassesRemoved.Count));
        Assert.Equal(3, change.SetsRemoved.Count);
    }

    [Fact]
    public void An_address_that_has_a_new_owner_stays_when_the_old_one_goes()
    {
        PolicyCompiler compiler = PolicyCompiler.Load(With(NetworkPolicy("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: app1}}}]}]}")), "n1");
        compiler.Set(Endpoint(1));
        compiler.Set(Endpoint(1) with { Name = new EndpointName("x", "successor") });
        compiler.TakeChange();
        compiler.Remove(Endpoint(1).Name);
        Assert.True(compiler.TakeChange().IsEmpty);
        CompiledPolicy compiled = compiler.Snapshot();
        Assert.Contains(new SetElement(Endpoint(1).Addresses[0]), Assert.Single(compiled.Sets.Values).Elements);
        Assert.Contains(new ClassTarget(Direction.Ingress, Endpoint(1).Addresses[0]), compiled.Assignments.Keys);
    }

    [Fact]
    public void Names_fit_into_31_characters_of_the_kernels()
    {
        CompiledPolicy compiled = PolicyCompiler.Load(With(Web), "n1").Snapshot();
        Assert.All(compiled.Sets.Keys.Select(id => id.Text).Concat(compiled.Classes.Keys.Select(id => id.Text)), text => Assert.Matches("^[a-z]_[a-z0-9]{1,29}$", text));
    }

    private static PolicyEndpoint Endpoint(int i) => new(
        new EndpointName("x", $"e{i}"), LabelSet.From([new("app", $"app{i % 100}")]), [new IPAddress([10, 9, (byte)(i / 256), (byte)i])], [], "n1", HostNetwork: false);
}
