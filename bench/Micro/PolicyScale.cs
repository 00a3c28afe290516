using System.Diagnostics;
using System.Net;
using Weft.Policy.Compilation;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Micro;

/// <summary>
/// Does the cost of one change grow with how much there is? Loads worlds of several sizes into the policy compiler and times the load, and then single changes: an endpoint comes and goes,
/// a label changes, a policy is written. Prints microseconds of the median and of the 99th percentile.
/// </summary>
internal static class PolicyScale
{
    private const int Repetitions = 400;

    public static void Run(TextWriter writer)
    {
        writer.WriteLine("endpoints policies | load ms | endpoint +/- us p50 p99 | label us p50 p99 | policy us p50 p99 | things touched by an endpoint");
        foreach ((int endpoints, int policies) in (List<(int, int)>)[(100, 10), (1000, 100), (10_000, 1000), (10_000, 2000), (20_000, 2000)])
        {
            Measure(writer, endpoints, policies);
        }
    }

    private static void Measure(TextWriter writer, int endpoints, int policies)
    {
        PolicyWorld world = World(endpoints, policies);
        PolicyCompiler.Load(World(50, 5), "n0").TakeChange();     // code is compiled now
        var watch = Stopwatch.StartNew();
        PolicyCompiler compiler = PolicyCompiler.Load(world, "n0");
        compiler.TakeChange();
        double load = watch.Elapsed.TotalMilliseconds;
        int touched = 0;
        List<double> arriving = Times(i =>
        {
            PolicyEndpoint endpoint = Endpoint(endpoints + i, policies, "n0");
            compiler.Set(endpoint);
            touched = Math.Max(touched, compiler.TakeChange().Size);
        });
        List<double> labelling = Times(i =>
        {
            compiler.Set(Endpoint(endpoints + (i % 10), policies, "n0") with { Labels = LabelSet.From([new("app", $"app{(i * 7) % policies}"), new("tier", "back")]) });
            compiler.TakeChange();
        });
        List<double> writing = Times(i =>
        {
            compiler.Set(Policy(i % policies, policies, port: (ushort)(1000 + i)));
            compiler.TakeChange();
        });
        writer.WriteLine($"{endpoints,9} {policies,8} | {load,7:f0} | {At(arriving, 0.5),8:f0} {At(arriving, 0.99),8:f0} | {At(labelling, 0.5),6:f0} {At(labelling, 0.99),6:f0} | {At(writing, 0.5),6:f0} {At(writing, 0.99),6:f0} | {touched}");
    }

    private static List<double> Times(Action<int> action)
    {
        List<double> times = [];
        for (int i = 0; i < Repetitions; i++)
        {
            var watch = Stopwatch.StartNew();
            action(i);
            times.Add(watch.Elapsed.TotalMicroseconds);
        }
        times.Sort();
        return times;
    }

    private static double At(List<double> sorted, double quantile) => sorted[(int)(quantile * (sorted.Count - 1))];

    /// <summary>100 namespaces; each policy is for one application, and allows two others, a namespace selector and a block.</summary>
    private static PolicyWorld World(int endpoints, int policies)
    {
        PolicyWorld world = Enumerable.Range(0, 100).Aggregate(PolicyWorld.Empty, (w, i) => w.WithNamespace($"ns{i}", LabelSet.From([new("team", $"t{i % 10}")])));
        world = Enumerable.Range(0, policies).Aggregate(world, (w, i) => w.With(Policy(i, policies, 80)));
        return Enumerable.Range(0, endpoints).Aggregate(world, (w, i) => w.With(Endpoint(i, policies, $"n{i % 100}")));
    }

    private static PolicyEndpoint Endpoint(int i, int policies, string node) => new(
        new EndpointName($"ns{i % 100}", $"e{i}"),
        LabelSet.From([new("app", $"app{i % policies}"), new("tier", i % 2 == 0 ? "front" : "back"), new("pod-template-hash", $"{i % 997}")]),
        [new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), IPAddress.Parse($"fd00::{i:x}")],
        [new NamedPort("http", L4Protocol.Tcp, (ushort)(8000 + (i % 3)))],
        node, HostNetwork: false);

    private static PolicyDefinition Policy(int i, int policies, ushort port)
    {
        Selector App(int n) => Selector.Of(Requirement.In("app", $"app{n % policies}"));
        var home = new NamespaceScope.One($"ns{i % 100}");
        return new PolicyDefinition(
            new PolicyName("NetworkPolicy", home.Name, $"p{i}"), PolicyTier.NetworkPolicy, 0, new PolicySubject.Endpoints(new EndpointSelector(home, App(i))),
            [
                new PolicyRule(0, "", RuleAction.Allow, new PeerMatch.Listed([
                    new Peer.Endpoints(new EndpointSelector(home, App(i + 100))),
                    new Peer.Endpoints(new EndpointSelector(new NamespaceScope.Selected(Selector.Of(Requirement.In("team", $"t{i % 10}"))), Selector.Of(Requirement.In("tier", "front"))))]),
                    new PortMatch.Listed([new PortRule.Numbered(L4Protocol.Tcp, new PortRange(port, port)), new PortRule.Named(L4Protocol.Tcp, "http")])),
                new PolicyRule(1, "", RuleAction.Allow, new PeerMatch.Listed([new Peer.Addresses(AddressRanges.Of(Cidr($"172.{i % 256}.0.0/16")), "")]), PortMatch.Any),
            ],
            [new PolicyRule(0, "", RuleAction.Allow, new PeerMatch.Listed([new Peer.Endpoints(new EndpointSelector(new NamespaceScope.Selected(Selector.Everything), App(i + 1)))]), PortMatch.Any)],
            Staged: false, []);
    }

    private static Manifests.Addresses.Cidr Cidr(string text) => Manifests.Addresses.Cidr.Parse(text);
}
