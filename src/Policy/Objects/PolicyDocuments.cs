using Google.Protobuf.Collections;
using Weft.Contracts.V1;
using Weft.Manifests.Output;

namespace Weft.Policy.Objects;

/// <summary>Stored objects as manifests: what is printed here can be applied again and means the same.</summary>
public static class PolicyDocuments
{
    public static DocObject Of(NetworkPolicy policy) => Document(PolicyKinds.NetworkingVersion, PolicyKinds.NetworkPolicy, policy.Metadata, new Fields()
        .Add("podSelector", Selector(policy.PodSelector ?? new LabelSelector()))
        .AddTexts("policyTypes", policy.PolicyTypes)
        .AddList("ingress", policy.Ingress, rule => new Fields().AddList("from", rule.From, Peer).AddList("ports", rule.Ports, Port).Object)
        .AddList("egress", policy.Egress, rule => new Fields().AddList("to", rule.To, Peer).AddList("ports", rule.Ports, Port).Object).Object);

    public static DocObject Of(ClusterNetworkPolicy policy) => Document(PolicyKinds.ClusterPolicyVersion, PolicyKinds.ClusterNetworkPolicy, policy.Metadata, new Fields()
        .Add("tier", policy.Tier)
        .Add("priority", policy.Priority)
        .Add("subject", Subject(policy.Subject ?? new ClusterPolicySubject()))
        .AddList("ingress", policy.Ingress, rule => ClusterRule(rule.Name, rule.Action, "from", rule.From, rule.Protocols))
        .AddList("egress", policy.Egress, rule => ClusterRule(rule.Name, rule.Action, "to", rule.To, rule.Protocols)).Object);

    public static DocObject Of(HostPolicy policy) => Document(PolicyKinds.WeftVersion, PolicyKinds.HostPolicy, policy.Metadata, new Fields()
        .Add("nodeSelector", Selector(policy.NodeSelector ?? new LabelSelector()))
        .AddTexts("policyTypes", policy.PolicyTypes)
        .AddList("ingress", policy.Ingress, rule => new Fields().AddList("from", rule.From, Peer).AddList("ports", rule.Ports, Port).Object)
        .AddList("egress", policy.Egress, rule => new Fields().AddList("to", rule.To, Peer).AddList("ports", rule.Ports, Port).Object).Object);

    public static DocObject Of(NetworkSet set) => Document(PolicyKinds.WeftVersion, PolicyKinds.NetworkSet, set.Metadata, new DocObject { { "cidrs", DocValue.ListOf(set.Cidrs) } });

    public static DocObject Of(Namespace item) => Document(PolicyKinds.CoreVersion, PolicyKinds.Namespace, item.Metadata, null);

    private static DocObject Document(string apiVersion, string kind, ObjectMeta meta, DocObject? spec)
    {
        DocObject metadata = new Fields()
            .Add("name", meta.Name)
            .AddIf(meta.Namespace.Length > 0, "namespace", meta.Namespace)
            .AddIf(meta.Labels.Count > 0, "labels", Texts(meta.Labels))
            .AddIf(meta.Annotations.Count > 0, "annotations", Texts(meta.Annotations)).Object;
        var document = new DocObject { { "apiVersion", apiVersion }, { "kind", kind }, { "metadata", metadata } };
        if (spec is not null)
        {
            document.Add("spec", spec);
        }
        return document;
    }

    private static DocObject Texts(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var texts = new DocObject();
        foreach ((string key, string value) in pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            texts.Add(key, value);
        }
        return texts;
    }

    private static DocObject Selector(LabelSelector selector) => new Fields()
        .AddIf(selector.MatchLabels.Count > 0, "matchLabels", Texts(selector.MatchLabels))
        .AddList("matchExpressions", selector.MatchExpressions, item => new Fields().Add("key", item.Key).Add("operator", item.Operator).AddTexts("values", item.Values).Object)
        .Object;

    private static DocObject Port(NetworkPolicyPort port)
    {
        Fields fields = new Fields().AddIf(port.Protocol.Length > 0, "protocol", port.Protocol);
        fields = port.PortCase switch
        {
            NetworkPolicyPort.PortOneofCase.Number => fields.Add("port", port.Number),
            NetworkPolicyPort.PortOneofCase.Name => fields.Add("port", port.Name),
            _ => fields,
        };
        return (port.HasEndPort ? fields.Add("endPort", port.EndPort) : fields).Object;
    }

    private static DocObject Peer(NetworkPolicyPeer peer) => new Fields()
        .AddSelector("namespaceSelector", peer.NamespaceSelector)
        .AddSelector("podSelector", peer.PodSelector)
        .AddBlock(peer.IpBlock).Object;

    private static DocObject Peer(HostPolicyPeer peer) => new Fields()
        .AddSelector("namespaceSelector", peer.NamespaceSelector)
        .AddSelector("podSelector", peer.PodSelector)
        .AddSelector("nodeSelector", peer.NodeSelector)
        .AddSelector("networkSetSelector", peer.NetworkSetSelector)
        .AddBlock(peer.IpBlock).Object;

    private static DocObject Subject(ClusterPolicySubject subject) => subject.SubjectCase switch
    {
        ClusterPolicySubject.SubjectOneofCase.Namespaces => new DocObject { { "namespaces", Selector(subject.Namespaces) } },
        ClusterPolicySubject.SubjectOneofCase.Pods => new DocObject { { "pods", Pods(subject.Pods) } },
        _ => [],
    };

    private static DocObject Pods(NamespacedPods pods) => new()
    {
        { "namespaceSelector", Selector(pods.NamespaceSelector ?? new LabelSelector()) },
        { "podSelector", Selector(pods.PodSelector ?? new LabelSelector()) },
    };

    private static DocObject ClusterRule(string name, string action, string key, IEnumerable<ClusterPolicyPeer> peers, IEnumerable<ClusterPolicyProtocol> protocols) => new Fields()
        .AddIf(name.Length > 0, "name", name)
        .Add("action", action)
        .AddList(key, peers, ClusterPeer)
        .AddList("protocols", protocols, ClusterProtocol).Object;

    private static DocObject ClusterPeer(ClusterPolicyPeer peer) => peer.PeerCase switch
    {
        ClusterPolicyPeer.PeerOneofCase.Namespaces => new DocObject { { "namespaces", Selector(peer.Namespaces) } },
        ClusterPolicyPeer.PeerOneofCase.Pods => new DocObject { { "pods", Pods(peer.Pods) } },
        ClusterPolicyPeer.PeerOneofCase.Nodes => new DocObject { { "nodes", Selector(peer.Nodes) } },
        ClusterPolicyPeer.PeerOneofCase.Networks => new DocObject { { "networks", DocValue.ListOf(peer.Networks.Cidrs) } },
        _ => [],
    };

    private static DocObject ClusterProtocol(ClusterPolicyProtocol protocol) => protocol.ProtocolCase switch
    {
        ClusterPolicyProtocol.ProtocolOneofCase.Tcp => new DocObject { { "tcp", ClusterPort(protocol.Tcp) } },
        ClusterPolicyProtocol.ProtocolOneofCase.Udp => new DocObject { { "udp", ClusterPort(protocol.Udp) } },
        ClusterPolicyProtocol.ProtocolOneofCase.Sctp => new DocObject { { "sctp", ClusterPort(protocol.Sctp) } },
        ClusterPolicyProtocol.ProtocolOneofCase.DestinationNamedPort => new DocObject { { "destinationNamedPort", protocol.DestinationNamedPort } },
        _ => [],
    };

    private static DocObject ClusterPort(ClusterPolicyPort port) => new()
    {
        {
            "destinationPort", port.PortCase == ClusterPolicyPort.PortOneofCase.Range
                ? new DocObject { { "range", new DocObject { { "start", port.Range.Start }, { "end", port.Range.End } } } }
                : new DocObject { { "number", port.Number } }
        },
    };

    /// <summary>An object in the making, without what is empty.</summary>
    private sealed class Fields
    {
        public DocObject Object { get; } = [];

        public Fields Add(string name, DocValue value)
        {
            Object.Add(name, value);
            return this;
        }

        public Fields AddIf(bool given, string name, DocValue value) => given ? Add(name, value) : this;

        public Fields AddTexts(string name, RepeatedField<string> texts) => AddIf(texts.Count > 0, name, DocValue.ListOf(texts));

        public Fields AddList<T>(string name, IEnumerable<T> items, Func<T, DocObject> document)
        {
            DocValue[] values = [.. items.Select(document)];
            return AddIf(values.Length > 0, name, new DocValue.List(values));
        }

        public Fields AddSelector(string name, LabelSelector? selector) => selector is null ? this : Add(name, Selector(selector));

        public Fields AddBlock(IPBlock? block) => block is null
            ? this
            : Add("ipBlock", new Fields().Add("cidr", block.Cidr).AddTexts("except", block.Except).Object);
    }
}
