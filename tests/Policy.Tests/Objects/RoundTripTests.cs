using CsCheck;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.Manifests.Output;
using Weft.Policy.Objects;

namespace Weft.Policy.Tests.Objects;

/// <summary>Property: what is printed can be read again and is the same.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<string> Words = One("a", "web", "x1", "true", "80", "1e3", "null", "A.b_c-d", "0x1f", "yes");
    private static readonly Gen<string> KeyWords = One("a", "true", "80", "example.com/k", "weft.dev/x", "null");
    private static readonly Gen<string> Cidrs = One("10.0.0.0/8", "10.1.2.3/16", "fd00::/8", "::/0", "0.0.0.0/0");

    private static readonly Gen<LabelSelector> Selectors =
        from labels in Gen.Select(KeyWords, Gen.OneOf(Words, Gen.Const(""))).Array[0, 2]
        from requirements in Gen.Select(KeyWords, One("In", "NotIn", "Exists", "DoesNotExist"), Words.Array[1, 3]).Array[0, 2]
        select Made(new LabelSelector(), selector =>
        {
            foreach ((string key, string value) in labels)
            {
                selector.MatchLabels[key] = value;
            }
            selector.MatchExpressions.AddRange(requirements.Select(item => Made(
                new SelectorRequirement { Key = item.Item1, Operator = item.Item2 }, made => made.Values.AddRange(item.Item2.EndsWith('n') ? item.Item3 : []))));
        });

    private static readonly Gen<NetworkPolicyPort> Ports =
        from protocol in One("", "TCP", "UDP", "SCTP")
        from kind in Gen.Int[0, 3]
        from number in Gen.UInt[1, 65535]
        from more in Gen.UInt[0, 9]
        select kind switch
        {
            0 => new NetworkPolicyPort { Protocol = protocol },
            1 => new NetworkPolicyPort { Protocol = protocol, Number = number },
            2 => new NetworkPolicyPort { Protocol = protocol, Number = number, EndPort = Math.Min(65535, number + more) },
            _ => new NetworkPolicyPort { Protocol = protocol, Name = "e1" },
        };

    private static readonly Gen<IPBlock> Blocks = Gen.Select(Cidrs, Gen.Bool, (cidr, except) =>
        Made(new IPBlock { Cidr = cidr }, block => block.Except.AddRange(except ? [cidr.Contains(':', StringComparison.Ordinal) ? "fd00::1/128" : "10.1.0.1/32"] : []))).Where(block => block.Cidr != "0.0.0.0/0" || block.Except.Count == 0);

    private static readonly Gen<NetworkPolicyPeer> Peers = Gen.OneOf(
        Blocks.Select(block => new NetworkPolicyPeer { IpBlock = block }),
        Selectors.Select(selector => new NetworkPolicyPeer { PodSelector = selector }),
        Selectors.Select(selector => new NetworkPolicyPeer { NamespaceSelector = selector }),
        Gen.Select(Selectors, Selectors, (a, b) => new NetworkPolicyPeer { NamespaceSelector = a, PodSelector = b }));

    private static readonly Gen<ObjectMeta> Metas =
        from name in One("p", "a.b", "80", "true")
        from labels in Gen.Select(KeyWords, Words).Array[0, 2]
        from note in Gen.OneOf(Gen.String[Gen.Char[' ', '~'], 0, 20], One("two\nlines", "- x", "a: b", "#", "\u00e9\u4e2d"))
        select Made(new ObjectMeta { Name = name, Annotations = { ["example.com/note"] = note, [PolicyKinds.StagedAnnotation] = "true" } }, meta =>
        {
            foreach ((string key, string value) in labels)
            {
                meta.Labels[key] = value;
            }
        });

    private static readonly Gen<NetworkPolicy> NetworkPolicies =
        from meta in Metas
        from space in One("default", "shop", "80")
        from pods in Selectors
        from types in Gen.Int[0, 3].Select(i => new string[][] { [], ["Ingress"], ["Egress"], ["Ingress", "Egress"] }[i])
        from ingress in Gen.Select(Peers.Array[0, 3], Ports.Array[0, 3]).Array[0, 3]
        from egress in Gen.Select(Peers.Array[0, 3], Ports.Array[0, 3]).Array[0, 3]
        select Made(new NetworkPolicy { Metadata = Made(meta.Clone(), m => m.Namespace = space), PodSelector = pods }, policy =>
        {
            policy.PolicyTypes.AddRange(types);
            policy.Ingress.AddRange(ingress.Select(rule => new NetworkPolicyIngressRule { From = { rule.Item1 }, Ports = { rule.Item2 } }));
            policy.Egress.AddRange(egress.Select(rule => new NetworkPolicyEgressRule { To = { rule.Item1 }, Ports = { rule.Item2 } }));
        });

    private static readonly Gen<ClusterPolicyPeer> ClusterPeers = Gen.OneOf(
        Selectors.Select(selector => new ClusterPolicyPeer { Namespaces = selector }),
        Selectors.Select(selector => new ClusterPolicyPeer { Nodes = selector }),
        Cidrs.Array[1, 3].Select(cidrs => new ClusterPolicyPeer { Networks = new ClusterPolicyNetworks { Cidrs = { cidrs.Distinct() } } }),
        Gen.Select(Selectors, Selectors, (a, b) => new ClusterPolicyPeer { Pods = new NamespacedPods { NamespaceSelector = a, PodSelector = b } }));

    private static readonly Gen<ClusterPolicyProtocol> Protocols = Gen.Select(Gen.Int[0, 2], Gen.UInt[1, 65535], Gen.UInt[0, 9], (kind, number, more) =>
    {
        ClusterPolicyPort port = more == 0 || number + more > 65535
            ? new ClusterPolicyPort { Number = number }
            : new ClusterPolicyPort { Range = new ClusterPolicyPortRange { Start = number, End = number + more } };
        return kind switch { 0 => new ClusterPolicyProtocol { Tcp = port }, 1 => new ClusterPolicyProtocol { Udp = port }, _ => new ClusterPolicyProtocol { Sctp = port } };
    });

    private static readonly Gen<ClusterNetworkPolicy> ClusterPolicies =
        from meta in Metas
        from tier in One("Admin", "Baseline")
        from priority in Gen.UInt[0, 1000]
        from subject in Gen.Select(Selectors, Selectors, Gen.Bool)
        from ingress in Gen.Select(One("Accept", "Deny", "Pass"), ClusterPeers.Where(peer => peer.Networks is null && peer.Nodes is null).Array[1, 3], Gen.Bool).Array[0, 2]
        from egress in Gen.Select(One("Accept", "Deny", "Pass"), ClusterPeers.Array[1, 3], Protocols.Array[0, 3]).Array[0, 2]
        select Made(new ClusterNetworkPolicy
        {
            Metadata = meta,
            Tier = tier,
            Priority = priority,
            Subject = subject.Item3 ? new() { Namespaces = subject.Item1 } : new() { Pods = new() { NamespaceSelector = subject.Item1, PodSelector = subject.Item2 } },
        }, policy =>
        {
            policy.Ingress.AddRange(ingress.Select(rule => Made(new ClusterIngressRule { Action = rule.Item1, Name = rule.Item3 ? "n: #1" : "", From = { rule.Item2 } }, made =>
                made.Protocols.AddRange(rule.Item3 ? [new ClusterPolicyProtocol { DestinationNamedPort = "web" }] : []))));
            policy.Egress.AddRange(egress.Select(rule => new ClusterEgressRule { Action = rule.Item1, To = { rule.Item2 }, Protocols = { rule.Item3 } }));
        });

    private static readonly Gen<HostPolicy> HostPolicies =
        from meta in Metas
        from nodes in Selectors
        from ingress in Gen.Select(
            Gen.OneOf(
                Blocks.Select(block => new HostPolicyPeer { IpBlock = block }),
                Selectors.Select(selector => new HostPolicyPeer { NodeSelector = selector }),
                Selectors.Select(selector => new HostPolicyPeer { NetworkSetSelector = selector }),
                Gen.Select(Selectors, Selectors, (a, b) => new HostPolicyPeer { PodSelector = a, NamespaceSelector = b })).Array[0, 3],
            Ports.Where(port => port.PortCase != NetworkPolicyPort.PortOneofCase.Name).Array[0, 2]).Array[0, 2]
        select new HostPolicy { Metadata = meta, NodeSelector = nodes, Ingress = { ingress.Select(rule => new HostIngressRule { From = { rule.Item1 }, Ports = { rule.Item2 } }) } };

    [Fact]
    public void NetworkPolicies_come_back_as_they_were() =>
        NetworkPolicies.Sample(policy => SameAgain(policy, PolicyDocuments.Of(policy), read => read.NetworkPolicies), iter: 800);

    [Fact]
    public void ClusterNetworkPolicies_come_back_as_they_were() =>
        ClusterPolicies.Sample(policy => SameAgain(policy, PolicyDocuments.Of(policy), read => read.ClusterNetworkPolicies), iter: 800);

    [Fact]
    public void HostPolicies_come_back_as_they_were() => HostPolicies.Sample(policy => SameAgain(policy, PolicyDocuments.Of(policy), read => read.HostPolicies), iter: 500);

    [Fact]
    public void NetworkSets_and_Namespaces_come_back_as_they_were() => Gen.Select(Metas, Cidrs.Array[0, 3]).Sample((meta, cidrs) =>
    {
        var set = new NetworkSet { Metadata = meta, Cidrs = { cidrs } };
        SameAgain(set, PolicyDocuments.Of(set), read => read.NetworkSets);
        var space = new Namespace { Metadata = Made(meta.Clone(), m => m.Name = "n1") };
        SameAgain(space, PolicyDocuments.Of(space), read => read.Namespaces);
    }, iter: 300);

    private static void SameAgain<T>(T item, DocObject document, Func<PolicyManifests, List<T>> list)
        where T : IMessage<T>
    {
        foreach (string text in (string[])[YamlOutput.Write(document), JsonOutput.Write(document)])
        {
            Assert.Equal(item, Assert.Single(list(Worlds.Read(text))));
        }
    }

    private static T Made<T>(T item, Action<T> make)
    {
        make(item);
        return item;
    }

    private static Gen<string> One(params string[] items) => Gen.Int[0, items.Length - 1].Select(i => items[i]);
}
