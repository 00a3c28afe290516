using System.Net;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.PolicyBench;

/// <summary>Endpoints and policies of a cluster, as many as are asked for.</summary>
internal static class Worlds
{
    /// <summary>100 namespaces; each policy is for one application, and allows two others, a namespace selector and a block.</summary>
    public static PolicyWorld World(int endpoints, int policies)
    {
        PolicyWorld world = Enumerable.Range(0, 100).Aggregate(PolicyWorld.Empty, (w, i) => w.WithNamespace($"ns{i}", LabelSet.From([new("team", $"t{i % 10}")])));
        world = Enumerable.Range(0, policies).Aggregate(world, (w, i) => w.With(Policy(i, policies, 80)));
        return Enumerable.Range(0, endpoints).Aggregate(world, (w, i) => w.With(Endpoint(i, policies, $"n{i % 100}")));
    }

    public static PolicyEndpoint Endpoint(int i, int policies, string node) => new(
        new EndpointName($"ns{i % 100}", $"e{i}"),
        LabelSet.From([new("app", $"app{i % policies}"), new("tier", i % 2 == 0 ? "front" : "back"), new("pod-template-hash", $"{i % 997}")]),
        [new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), IPAddress.Parse($"fd00::{i:x}")],
        [new NamedPort("http", L4Protocol.Tcp, (ushort)(8000 + (i % 3)))],
        node, HostNetwork: false);

    public static PolicyDefinition Policy(int i, int policies, ushort port)
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
