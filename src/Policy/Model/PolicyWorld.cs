using System.Collections.Immutable;
using System.Net;
using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>Everything that policy is judged from, at one moment. Immutable; a change makes a new one that shares the rest.</summary>
public sealed record PolicyWorld
{
    public static readonly PolicyWorld Empty = new();

    private PolicyWorld()
    {
    }

    public PolicySettings Settings { get; init; } = PolicySettings.Default;

    public ImmutableDictionary<EndpointName, PolicyEndpoint> Endpoints { get; private init; } = ImmutableDictionary<EndpointName, PolicyEndpoint>.Empty;

    /// <summary>Labels of those namespaces that have an object; <see cref="LabelsOf"/> knows all.</summary>
    public ImmutableDictionary<string, LabelSet> Namespaces { get; private init; } = ImmutableDictionary<string, LabelSet>.Empty;

    public ImmutableDictionary<string, PolicyNode> Nodes { get; private init; } = ImmutableDictionary<string, PolicyNode>.Empty;

    public ImmutableDictionary<string, NetworkSetDefinition> NetworkSets { get; private init; } = ImmutableDictionary<string, NetworkSetDefinition>.Empty;

    public ImmutableDictionary<PolicyName, PolicyDefinition> Policies { get; private init; } = ImmutableDictionary<PolicyName, PolicyDefinition>.Empty;

    private ImmutableDictionary<IPAddress, EndpointName> EndpointsByAddress { get; init; } = ImmutableDictionary<IPAddress, EndpointName>.Empty;

    private ImmutableDictionary<IPAddress, string> NodesByAddress { get; init; } = ImmutableDictionary<IPAddress, string>.Empty;

    public PolicyWorld With(PolicyEndpoint endpoint)
    {
        PolicyWorld without = Without(endpoint.Name);
        return without with
        {
            Endpoints = without.Endpoints.SetItem(endpoint.Name, endpoint),
            EndpointsByAddress = endpoint.HostNetwork
                ? without.EndpointsByAddress
                : without.EndpointsByAddress.SetItems(endpoint.Addresses.Select(address => KeyValuePair.Create(address, endpoint.Name))),
        };
    }

    public PolicyWorld Without(EndpointName name)
    {
        if (!Endpoints.TryGetValue(name, out PolicyEndpoint? old))
        {
            return this;
        }
        // An address may belong to a later endpoint already.
        return this with
        {
            Endpoints = Endpoints.Remove(name),
            EndpointsByAddress = EndpointsByAddress.RemoveRange(old.Addresses.Where(address => EndpointsByAddress.TryGetValue(address, out EndpointName owner) && owner == name)),
        };
    }

    public PolicyWorld With(PolicyNode node)
    {
        PolicyWorld without = WithoutNode(node.Name);
        return without with
        {
            Nodes = without.Nodes.SetItem(node.Name, node),
            NodesByAddress = without.NodesByAddress.SetItems(node.Addresses.Select(address => KeyValuePair.Create(address, node.Name))),
        };
    }

    public PolicyWorld WithoutNode(string name) => !Nodes.TryGetValue(name, out PolicyNode? old) ? this : this with
    {
        Nodes = Nodes.Remove(name),
        NodesByAddress = NodesByAddress.RemoveRange(old.Addresses.Where(address => NodesByAddress.TryGetValue(address, out string? owner) && owner == name)),
    };

    public PolicyWorld WithNamespace(string name, LabelSet labels) => this with { Namespaces = Namespaces.SetItem(name, labels.With(LabelRules.NamespaceName, name)) };

    public PolicyWorld WithoutNamespace(string name) => this with { Namespaces = Namespaces.Remove(name) };

    public PolicyWorld With(NetworkSetDefinition set) => this with { NetworkSets = NetworkSets.SetItem(set.Name, set) };

    public PolicyWorld WithoutNetworkSet(string name) => this with { NetworkSets = NetworkSets.Remove(name) };

    public PolicyWorld With(PolicyDefinition policy) => this with { Policies = Policies.SetItem(policy.Name, policy) };

    public PolicyWorld Without(PolicyName name) => this with { Policies = Policies.Remove(name) };

    /// <summary>A namespace's labels; its name is always among them.</summary>
    public LabelSet LabelsOf(string name) => Namespaces.GetValueOrDefault(name) ?? LabelSet.Empty.With(LabelRules.NamespaceName, name);

    /// <summary>The endpoint that has the address for itself, or null.</summary>
    public PolicyEndpoint? EndpointAt(IPAddress address) => EndpointsByAddress.TryGetValue(address, out EndpointName name) ? Endpoints[name] : null;

    /// <summary>The node that has the address, or null.</summary>
    public PolicyNode? NodeAt(IPAddress address) => NodesByAddress.TryGetValue(address, out string? name) ? Nodes[name] : null;
}
