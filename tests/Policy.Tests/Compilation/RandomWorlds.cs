using System.Net;
using CsCheck;
using Weft.Policy.Evaluation;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Tests.Compilation;

/// <summary>Small worlds full of coincidences: few names, labels, ports and addresses, so that much matches and much just fails to.</summary>
internal static class RandomWorlds
{
    private static readonly string[] Spaces = ["x", "y", "z"];
    private static readonly string[] Keys = ["a", "b", "c"];
    private static readonly string[] Values = ["", "1", "2"];
    private static readonly string[] PortNames = ["p", "q"];
    private static readonly ushort[] Numbers = [79, 80, 81, 8080, 22];
    private static readonly L4Protocol[] WithPorts = [L4Protocol.Tcp, L4Protocol.Udp, L4Protocol.Sctp];
    private static readonly string[] NodeNames = ["n1", "n2"];

    private static readonly string[] Ranges =
        ["10.0.0.0/24", "10.0.0.0/30", "10.0.0.4/30", "10.0.0.2/32", "0.0.0.0/0", "fd00::/64", "fd00::/126", "::/0", "192.168.0.0/24", "203.0.113.0/24", "203.0.113.0/25"];

    private static readonly Gen<LabelSet> Labels =
        Gen.Select(One(Keys), One(Values)).Array[0, 3].Select(pairs => LabelSet.From(pairs.DistinctBy(p => p.Item1).Select(p => KeyValuePair.Create(p.Item1, p.Item2))));

    private static readonly Gen<Requirement> Requirements =
        from key in One(Keys)
        from test in Gen.Enum<SelectorTest>()
        from values in One(Values).Array[1, 2]
        select Requirement.Create(key, test, test is SelectorTest.In or SelectorTest.NotIn ? values : []);

    private static readonly Gen<Selector> Selectors = Requirements.Array[0, 2].Select(items => Selector.Of(items));

    private static readonly Gen<NamespaceScope> Scopes = Gen.OneOf(
        One(Spaces).Select(name => (NamespaceScope)new NamespaceScope.One(name)), Selectors.Select(selector => (NamespaceScope)new NamespaceScope.Selected(selector)));

    private static readonly Gen<EndpointSelector> EndpointSelectors = Gen.Select(Scopes, Selectors, (scope, pods) => new EndpointSelector(scope, pods));

    private static readonly Gen<AddressRanges> Blocks =
        from whole in One(Ranges)
        from except in One(Ranges).Array[0, 2]
        select AddressRanges.Of(Cidr.Parse(whole)).Except(AddressRanges.Of(except.Select(Cidr.Parse)));

    private static readonly Gen<Peer> Peers = Gen.Frequency(
        (4, EndpointSelectors.Select(selector => (Peer)new Peer.Endpoints(selector))),
        (2, Blocks.Select(ranges => (Peer)new Peer.Addresses(ranges, ranges.ToString()))),
        (1, Selectors.Select(selector => (Peer)new Peer.Nodes(selector))),
        (1, Selectors.Select(selector => (Peer)new Peer.NetworkSets(selector))));

    private static readonly Gen<PortRule> Ports = Gen.OneOf(
        Gen.Select(One(WithPorts), One(Numbers), Gen.Int[0, 2], (protocol, first, more) => (PortRule)new PortRule.Numbered(protocol, more == 2 ? PortRange.All : new PortRange(first, (ushort)(first + more)))),
        Gen.Select(One(WithPorts), One(PortNames), Gen.Bool, (protocol, name, any) => (PortRule)new PortRule.Named(any ? null : protocol, name)));

    public static readonly Gen<PolicyDefinition> Policies =
        from tier in Gen.Enum<PolicyTier>()
        from name in One(["one", "two", "three", "four", "five", "six"])
        from priority in Gen.Int[0, 2]
        from space in One(Spaces)
        from subject in EndpointSelectors
        from nodes in Selectors
        from pods in Selectors
        from staged in Gen.Frequency((5, Gen.Const(false)), (1, Gen.Const(true)))
        from ingress in Rules(tier)
        from egress in Rules(tier)
        select new PolicyDefinition(
            new PolicyName(tier is PolicyTier.Admin or PolicyTier.Baseline ? "ClusterNetworkPolicy" : tier.ToString(), tier == PolicyTier.NetworkPolicy ? space : "", name),
            tier,
            tier is PolicyTier.Admin or PolicyTier.Baseline ? priority : 0,
            tier switch
            {
                PolicyTier.Host => new PolicySubject.Nodes(nodes),
                PolicyTier.NetworkPolicy => new PolicySubject.Endpoints(new EndpointSelector(new NamespaceScope.One(space), pods)),
                _ => new PolicySubject.Endpoints(subject),
            },
            ingress, egress, staged, []);

    public static readonly Gen<PolicyEndpoint> Endpoints =
        from number in Gen.Int[1, 7]
        from labels in Labels
        from six in Gen.Bool
        from ports in Gen.Select(One(PortNames), One(WithPorts), One(Numbers), (name, protocol, port) => new NamedPort(name, protocol, port)).Array[0, 3]
        from node in One(NodeNames)
        from host in Gen.Frequency((6, Gen.Const(false)), (1, Gen.Const(true)))
        select new PolicyEndpoint(
            new EndpointName(Spaces[number % 3], $"e{number}"), labels,
            host ? [IPAddress.Parse($"192.168.0.{node[1]}")] : [IPAddress.Parse($"10.0.0.{number}"), .. six ? [IPAddress.Parse($"fd00::{number}")] : Array.Empty<IPAddress>()],
            [.. ports.Distinct()], node, host);

    public static readonly Gen<(string Name, LabelSet Labels)> Namespaces = Gen.Select(One(Spaces), Labels);

    public static readonly Gen<PolicyNode> Nodes =
        Gen.Select(One(NodeNames), Labels, (name, labels) => new PolicyNode(name, labels, [IPAddress.Parse($"192.168.0.{name[1]}"), IPAddress.Parse($"fd01::{name[1]}")]));

    public static readonly Gen<NetworkSetDefinition> NetworkSets = Gen.Select(One(["s1", "s2"]), Labels, Blocks, (name, labels, ranges) => new NetworkSetDefinition(name, labels, ranges));

    public static readonly Gen<PolicyWorld> Worlds =
        from spaces in Namespaces.Array[0, 3]
        from nodes in Nodes.Array[0, 3]
        from sets in NetworkSets.Array[0, 2]
        from endpoints in Endpoints.Array[1, 8]
        from policies in Policies.Array[0, 7]
        select policies.Aggregate(
            endpoints.Aggregate(sets.Aggregate(nodes.Aggregate(spaces.Aggregate(PolicyWorld.Empty, (w, s) => w.WithNamespace(s.Name, s.Labels)), (w, n) => w.With(n)), (w, s) => w.With(s)), (w, e) => w.With(e)),
            (w, p) => w.With(p));

    private static readonly string[] Addresses4 = [.. Enumerable.Range(1, 7).Select(i => $"10.0.0.{i}"), "192.168.0.1", "192.168.0.2", "203.0.113.9", "203.0.113.200"];
    private static readonly string[] Addresses6 = [.. Enumerable.Range(1, 7).Select(i => $"fd00::{i}"), "fd01::1", "fd01::2", "2001:db8::1"];

    /// <summary>Addresses, protocol and port, both ends of one family.</summary>
    public static readonly Gen<(IPAddress Source, IPAddress Destination, L4Protocol Protocol, ushort Port)> Questions =
        from addresses in One([Addresses4, Addresses6])
        from source in One(addresses)
        from destination in One(addresses)
        from protocol in One([L4Protocol.Tcp, L4Protocol.Udp, L4Protocol.Sctp, L4Protocol.Icmp, L4Protocol.Icmp6, (L4Protocol)47])
        from port in One(Numbers)
        select (IPAddress.Parse(source), IPAddress.Parse(destination), protocol, protocol.HasPorts() ? port : (ushort)0);

    public static Flow Flow(PolicyWorld world, (IPAddress Source, IPAddress Destination, L4Protocol Protocol, ushort Port) question) =>
        new(Party.At(world, question.Source), Party.At(world, question.Destination), question.Protocol, question.Port);

    public static Gen<T> One<T>(T[] items) => Gen.Int[0, items.Length - 1].Select(i => items[i]);

    private static Gen<IReadOnlyList<PolicyRule>?> Rules(PolicyTier tier) =>
        from given in Gen.Frequency((1, Gen.Const(false)), (2, Gen.Const(true)))
        from rules in Gen.Select(Gen.Enum<RuleAction>(), Peers.Array[0, 3], Gen.Bool, Ports.Array[0, 3], Gen.Bool).Array[0, 3]
        select given && (rules.Length > 0 || tier is PolicyTier.NetworkPolicy or PolicyTier.Host)
            ? (IReadOnlyList<PolicyRule>)[.. rules.Select((rule, i) => new PolicyRule(
                i, "", tier is PolicyTier.Admin or PolicyTier.Baseline ? rule.Item1 : RuleAction.Allow,
                rule.Item3 ? new PeerMatch.Listed([.. rule.Item2]) : PeerMatch.Everybody,
                rule.Item5 ? new PortMatch.Listed([.. rule.Item4]) : PortMatch.Any))]
            : null;
}
