using System.Collections.Immutable;
using Weft.Contracts.V1;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Turns the parts of a stored policy into the model's; null stands for one that cannot be understood.</summary>
internal sealed class PolicyPartReader(ObjectMeta meta, List<string> faults)
{
    /// <summary>Notes that a part was not understood and what is read in its place is closed.</summary>
    public T Closed<T>(string what, T closed)
    {
        faults.Add($"{what} cannot be understood; read as closed");
        return closed;
    }

    public static Selector? Selector(LabelSelector? selector)
    {
        if (selector is null)
        {
            return null;
        }
        List<Requirement> requirements = [.. selector.MatchLabels.Select(pair => Requirement.In(pair.Key, pair.Value))];
        foreach (SelectorRequirement item in selector.MatchExpressions)
        {
            SelectorTest? test = item.Operator switch
            {
                "In" => SelectorTest.In,
                "NotIn" => SelectorTest.NotIn,
                "Exists" => SelectorTest.Exists,
                "DoesNotExist" => SelectorTest.DoesNotExist,
                _ => null,
            };
            if (test is null || (item.Values.Count == 0) == (test is SelectorTest.In or SelectorTest.NotIn))
            {
                return null;
            }
            requirements.Add(Requirement.Create(item.Key, test.Value, item.Values));
        }
        // Selectors are told apart by their texts, which is sound for valid keys and values alone.
        return requirements.All(item => LabelRules.CheckKey(item.Key) is null && item.Values.All(value => LabelRules.CheckValue(value) is null))
            ? Labels.Selector.Of(requirements)
            : null;
    }

    /// <param name="namespaces">Null: <paramref name="home"/> alone, or with no home every namespace.</param>
    /// <param name="pods">Null: all.</param>
    /// <param name="home">The policy's own namespace, or null.</param>
    public static EndpointSelector? Endpoints(LabelSelector? namespaces, LabelSelector? pods, string? home)
    {
        Selector? podSelector = pods is null ? Labels.Selector.Everything : Selector(pods);
        if (namespaces is null && home is not null)
        {
            return podSelector is null ? null : new EndpointSelector(new NamespaceScope.One(home), podSelector);
        }
        Selector? scope = namespaces is null ? Labels.Selector.Everything : Selector(namespaces);
        return scope is null || podSelector is null ? null : new EndpointSelector(Scope(scope), podSelector);
    }

    public static Peer? Peer(NetworkPolicyPeer peer, string home) => (peer.IpBlock, peer.NamespaceSelector ?? peer.PodSelector) switch
    {
        ({ } block, null) => Block(block),
        (null, not null) => Of(Endpoints(peer.NamespaceSelector, peer.PodSelector, home)),
        _ => null,
    };

    public static Peer? Peer(HostPolicyPeer peer)
    {
        bool pods = peer.NamespaceSelector is not null || peer.PodSelector is not null;
        int given = (pods ? 1 : 0) + (peer.IpBlock is null ? 0 : 1) + (peer.NodeSelector is null ? 0 : 1) + (peer.NetworkSetSelector is null ? 0 : 1);
        return given != 1 ? null
            : pods ? Of(Endpoints(peer.NamespaceSelector, peer.PodSelector, null))
            : peer.IpBlock is { } block ? Block(block)
            : peer.NodeSelector is { } nodes ? Selector(nodes) is { } selector ? new Peer.Nodes(selector) : null
            : Selector(peer.NetworkSetSelector) is { } sets ? new Peer.NetworkSets(sets) : null;
    }

    /// <summary>A rule of a kind that only allows: what is not understood is left out of what it allows.</summary>
    /// <param name="peers">Null: none are given, so everybody.</param>
    /// <param name="ports">As stored.</param>
    public PolicyRule Rule(int index, string name, RuleAction action, Direction direction, ImmutableArray<Peer?>? peers, IReadOnlyCollection<NetworkPolicyPort> ports)
    {
        string place = $"{direction.ToString().ToLowerInvariant()}[{index}]";
        PeerMatch who = peers is null ? PeerMatch.Everybody : new PeerMatch.Listed(Known($"a peer of {place}", [.. peers.Value, .. SetsOf(direction, index)]));
        PortMatch what = ports.Count == 0 ? PortMatch.Any : new PortMatch.Listed(Known($"a port of {place}", [.. ports.Select(Port)]));
        return new PolicyRule(index, name, action, who, what);
    }

    public PolicyRule ClusterRule(
        int index, string name, string action, Direction direction, IReadOnlyCollection<ClusterPolicyPeer> peers, IReadOnlyCollection<ClusterPolicyProtocol> protocols)
    {
        string place = $"{direction.ToString().ToLowerInvariant()}[{index}]";
        ImmutableArray<Peer?> who = [.. peers.Select(Peer), .. SetsOf(direction, index)];
        ImmutableArray<PortRule?> what = [.. protocols.Select(Port)];
        RuleAction? known = action switch { "Accept" => RuleAction.Allow, "Deny" => RuleAction.Deny, "Pass" => RuleAction.Pass, _ => null };
        bool understood = known is not null && !who.IsEmpty && !who.Contains(null) && !what.Contains(null);
        if (!understood && known != RuleAction.Allow)
        {
            return Closed($"rule {place}", new PolicyRule(index, name, RuleAction.Deny, PeerMatch.Everybody, PortMatch.Any));
        }
        return new PolicyRule(
            index, name, known!.Value, new PeerMatch.Listed(Known($"a peer of {place}", who)),
            what.IsEmpty ? PortMatch.Any : new PortMatch.Listed(Known($"a protocol of {place}", what)));
    }

    private static Peer? Peer(ClusterPolicyPeer peer) => peer.PeerCase switch
    {
        ClusterPolicyPeer.PeerOneofCase.Namespaces => Of(Endpoints(peer.Namespaces, null, null)),
        ClusterPolicyPeer.PeerOneofCase.Pods => Of(Endpoints(peer.Pods.NamespaceSelector ?? new LabelSelector(), peer.Pods.PodSelector, null)),
        ClusterPolicyPeer.PeerOneofCase.Nodes => Selector(peer.Nodes) is { } nodes ? new Peer.Nodes(nodes) : null,
        ClusterPolicyPeer.PeerOneofCase.Networks => Networks(peer.Networks.Cidrs),
        _ => null,
    };

    private static Peer.Addresses? Networks(IReadOnlyCollection<string> texts)
    {
        Cidr?[] ranges = [.. texts.Select(BlockText.Parse)];
        return ranges.Contains(null) ? null : new Peer.Addresses(AddressRanges.Of(ranges.OfType<Cidr>()), string.Join(", ", texts));
    }

    private static Peer.Addresses? Block(IPBlock block)
    {
        Cidr? whole = BlockText.Parse(block.Cidr);
        Cidr?[] except = [.. block.Except.Select(BlockText.Parse)];
        return whole is not { } range || except.Contains(null) ? null : new Peer.Addresses(
            AddressRanges.Of(range).Except(AddressRanges.Of(except.OfType<Cidr>())),
            block.Except.Count == 0 ? block.Cidr : $"{block.Cidr} except {string.Join(", ", block.Except)}");
    }

    private static PortRule? Port(NetworkPolicyPort port)
    {
        L4Protocol? protocol = port.Protocol.Length == 0 ? L4Protocol.Tcp : L4Protocols.FromManifest(port.Protocol);
        uint last = port.HasEndPort ? port.EndPort : port.Number;
        return (protocol, port.PortCase) switch
        {
            ({ } known, NetworkPolicyPort.PortOneofCase.None) when !port.HasEndPort => new PortRule.Numbered(known, PortRange.All),
            ({ } known, NetworkPolicyPort.PortOneofCase.Number) when port.Number is > 0 and <= 65535 && last >= port.Number && last <= 65535 =>
                new PortRule.Numbered(known, new PortRange((ushort)port.Number, (ushort)last)),
            ({ } known, NetworkPolicyPort.PortOneofCase.Name) when !port.HasEndPort => new PortRule.Named(known, port.Name),
            _ => null,
        };
    }

    private static PortRule? Port(ClusterPolicyProtocol protocol) => protocol.ProtocolCase switch
    {
        ClusterPolicyProtocol.ProtocolOneofCase.Tcp => Port(L4Protocol.Tcp, protocol.Tcp),
        ClusterPolicyProtocol.ProtocolOneofCase.Udp => Port(L4Protocol.Udp, protocol.Udp),
        ClusterPolicyProtocol.ProtocolOneofCase.Sctp => Port(L4Protocol.Sctp, protocol.Sctp),
        ClusterPolicyProtocol.ProtocolOneofCase.DestinationNamedPort => new PortRule.Named(null, protocol.DestinationNamedPort),
        _ => null,
    };

    private static PortRule.Numbered? Port(L4Protocol protocol, ClusterPolicyPort port)
    {
        (uint first, uint last) = port.PortCase switch
        {
            ClusterPolicyPort.PortOneofCase.Number => (port.Number, port.Number),
            ClusterPolicyPort.PortOneofCase.Range => (port.Range.Start, port.Range.End),
            _ => (0u, 0u),
        };
        return first > 0 && first <= last && last <= 65535 ? new PortRule.Numbered(protocol, new PortRange((ushort)first, (ushort)last)) : null;
    }

    /// <summary>Peers that an annotation adds to a rule.</summary>
    private ImmutableArray<Peer?> SetsOf(Direction direction, int index) =>
        !meta.Annotations.TryGetValue(NetworkSetAnnotation.Key(direction, index), out string? text) ? []
        : [SelectorText.TryParse(text, out Selector? selector, out _) ? new Peer.NetworkSets(selector) : null];

    private ImmutableArray<T> Known<T>(string what, ImmutableArray<T?> read)
        where T : class => read.Contains(null) ? Closed(what, read.OfType<T>().ToImmutableArray()) : [.. read.OfType<T>()];

    private static Peer.Endpoints? Of(EndpointSelector? selector) => selector is null ? null : new Peer.Endpoints(selector);

    /// <summary>A selector of one namespace by its name is that namespace: fewer sets, and found without a search.</summary>
    private static NamespaceScope Scope(Selector namespaces) =>
        namespaces.Requirements is [{ Key: LabelRules.NamespaceName, Test: SelectorTest.In, Values: [var name] }]
            ? new NamespaceScope.One(name)
            : new NamespaceScope.Selected(namespaces);
}
