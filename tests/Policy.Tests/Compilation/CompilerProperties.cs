using System.Net;
using CsCheck;
using Weft.Policy.Compilation;
using Weft.Policy.Evaluation;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Tests.Compilation;

public sealed class CompilerProperties
{
    private static readonly string[] NodeNames = ["n1", "n2"];

    [Fact]
    public void What_is_compiled_judges_every_flow_as_the_evaluator_does() =>
        Gen.Select(RandomWorlds.Worlds, RandomWorlds.Questions.Array[40]).Sample((world, questions) =>
        {
            var evaluator = new PolicyEvaluator(world);
            Dictionary<string, CompiledPolicy> nodes = NodeNames.ToDictionary(name => name, name => PolicyCompiler.Load(world, name).Snapshot());
            foreach ((IPAddress Source, IPAddress Destination, L4Protocol Protocol, ushort Port) question in questions)
            {
                Flow flow = RandomWorlds.Flow(world, question);
                Verdict verdict = evaluator.Evaluate(flow);
                Compare(nodes, Direction.Egress, flow.Source, verdict.Egress, question, staged: false);
                Compare(nodes, Direction.Ingress, flow.Destination, verdict.Ingress, question, staged: false);
                Compare(nodes, Direction.Egress, flow.Source, verdict.StagedEgress ?? verdict.Egress, question, staged: true);
                Compare(nodes, Direction.Ingress, flow.Destination, verdict.StagedIngress ?? verdict.Ingress, question, staged: true);
            }
        }, iter: 600);

    [Fact]
    public void Changes_lead_from_one_moment_to_the_next() =>
        Gen.Select(RandomWorlds.Worlds, Events.Array[1, 12]).Sample((world, events) =>
        {
            PolicyCompiler compiler = PolicyCompiler.Load(world, "n1");
            CompiledPolicy mirror = CompiledPolicy.Empty.Apply(compiler.TakeChange());
            foreach (Action<Changing>[] batch in events.Chunk(2))
            {
                var changing = new Changing(world, compiler);
                foreach (Action<Changing> change in batch)
                {
                    change(changing);
                }
                world = changing.World;
                mirror = mirror.Apply(compiler.TakeChange());
                CompiledPolicy anew = PolicyCompiler.Load(world, "n1").Snapshot();
                AssertEqual(anew, mirror);
                AssertEqual(anew, compiler.Snapshot());
                Assert.True(compiler.TakeChange().IsEmpty);
                Assert.True(mirror.ChangeTo(anew).IsEmpty);
            }
        }, iter: 600);

    [Fact]
    public void Between_any_two_states_there_is_a_change() =>
        Gen.Select(RandomWorlds.Worlds, RandomWorlds.Worlds).Sample((a, b) =>
        {
            (CompiledPolicy from, CompiledPolicy to) = (PolicyCompiler.Load(a, "n1").Snapshot(), PolicyCompiler.Load(b, "n1").Snapshot());
            AssertEqual(to, from.Apply(from.ChangeTo(to)));
        }, iter: 300);

    /// <summary>Something that happens to a world and, the same, to a compiler.</summary>
    private sealed class Changing(PolicyWorld world, PolicyCompiler compiler)
    {
        public PolicyWorld World { get; private set; } = world;

        public void Do(Func<PolicyWorld, PolicyWorld> toWorld, Action<PolicyCompiler> toCompiler)
        {
            World = toWorld(World);
            toCompiler(compiler);
        }
    }

    private static readonly Gen<Action<Changing>> Events = Gen.Frequency<Action<Changing>>(
        (4, RandomWorlds.Endpoints.Select<PolicyEndpoint, Action<Changing>>(item => c => c.Do(w => w.With(item), p => p.Set(item)))),
        (2, RandomWorlds.Endpoints.Select<PolicyEndpoint, Action<Changing>>(item => c => c.Do(w => w.Without(item.Name), p => p.Remove(item.Name)))),
        (4, RandomWorlds.Policies.Select<PolicyDefinition, Action<Changing>>(item => c => c.Do(w => w.With(item), p => p.Set(item)))),
        (2, RandomWorlds.Policies.Select<PolicyDefinition, Action<Changing>>(item => c => c.Do(w => w.Without(item.Name), p => p.Remove(item.Name)))),
        (2, RandomWorlds.Namespaces.Select<(string Name, LabelSet Labels), Action<Changing>>(item => c => c.Do(w => w.WithNamespace(item.Name, item.Labels), p => p.SetNamespace(item.Name, item.Labels)))),
        (1, RandomWorlds.Namespaces.Select<(string Name, LabelSet Labels), Action<Changing>>(item => c => c.Do(w => w.WithoutNamespace(item.Name), p => p.RemoveNamespace(item.Name)))),
        (1, RandomWorlds.Nodes.Select<PolicyNode, Action<Changing>>(item => c => c.Do(w => w.With(item), p => p.Set(item)))),
        (1, RandomWorlds.Nodes.Select<PolicyNode, Action<Changing>>(item => c => c.Do(w => w.WithoutNode(item.Name), p => p.RemoveNode(item.Name)))),
        (1, RandomWorlds.NetworkSets.Select<NetworkSetDefinition, Action<Changing>>(item => c => c.Do(w => w.With(item), p => p.Set(item)))),
        (1, RandomWorlds.NetworkSets.Select<NetworkSetDefinition, Action<Changing>>(item => c => c.Do(w => w.WithoutNetworkSet(item.Name), p => p.RemoveNetworkSet(item.Name)))));

    private static void Compare(
        Dictionary<string, CompiledPolicy> nodes, Direction direction, Party party, SideVerdict expected, (IPAddress Source, IPAddress Destination, L4Protocol Protocol, ushort Port) question, bool staged)
    {
        // These the kernel decides before it asks a class: by its hooks, and by whose packet it is.
        if (expected.Reason is VerdictReason.Itself or VerdictReason.OwnNode)
        {
            return;
        }
        string node = party.Endpoint?.Node ?? party.Node?.Name ?? "n1";
        (bool allowed, (PolicyName Policy, int Index)? rule) = ChainInterpreter.Judge(
            nodes[node], direction, party.Endpoint is null && party.Node is not null ? null : party.Address, staged, question.Source, question.Destination, question.Protocol, question.Port);
        Assert.Equal(expected.Allowed, allowed);
        string wanted = expected.Reason == VerdictReason.FailSafe ? "FailSafe ports 0" : expected.Rule is null ? "" : $"{expected.Policy} {expected.Rule.Index}";
        Assert.Equal(wanted, rule is { } by ? $"{by.Policy} {by.Index}" : "");
    }

    private static void AssertEqual(CompiledPolicy expected, CompiledPolicy actual)
    {
        Assert.Equal(expected.Assignments.OrderBy(pair => pair.ToString()), actual.Assignments.OrderBy(pair => pair.ToString()));
        Assert.Equal(expected.Classes.Values.OrderBy(item => item.Id), actual.Classes.Values.OrderBy(item => item.Id));
        Assert.Equal(expected.Sets.Keys.Order(), actual.Sets.Keys.Order());
        Assert.All(expected.Sets, pair => Assert.True(pair.Value.Elements.SetEquals(actual.Sets[pair.Key].Elements), pair.Key.ToString()));
    }
}
