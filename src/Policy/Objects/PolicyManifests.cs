using Weft.Contracts.V1;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>What some manifests hold, checked, in the order written.</summary>
public sealed record PolicyManifests
{
    public List<NetworkPolicy> NetworkPolicies { get; } = [];

    public List<ClusterNetworkPolicy> ClusterNetworkPolicies { get; } = [];

    public List<HostPolicy> HostPolicies { get; } = [];

    public List<NetworkSet> NetworkSets { get; } = [];

    public List<Namespace> Namespaces { get; } = [];

    /// <summary>Of Pods, and of Weft's Endpoints.</summary>
    public List<PolicyEndpoint> Endpoints { get; } = [];

    public List<PolicyNode> Nodes { get; } = [];

    /// <summary>A world of these objects alone.</summary>
    public PolicyWorld ToWorld() => AddTo(PolicyWorld.Empty);

    /// <summary>The world with these objects added, or put in place of those of the same names.</summary>
    public PolicyWorld AddTo(PolicyWorld world)
    {
        world = Namespaces.Aggregate(world, (w, item) => w.WithNamespace(item.Metadata.Name, Labels.LabelSet.From(item.Metadata.Labels)));
        world = Nodes.Aggregate(world, (w, item) => w.With(item));
        world = WithShortNames(Endpoints).Aggregate(world, (w, item) => w.With(item));
        world = NetworkSets.Aggregate(world, (w, item) => w.With(PolicyReader.Read(item)));
        world = NetworkPolicies.Aggregate(world, (w, item) => w.With(PolicyReader.Read(item)));
        world = ClusterNetworkPolicies.Aggregate(world, (w, item) => w.With(PolicyReader.Read(item)));
        return HostPolicies.Aggregate(world, (w, item) => w.With(PolicyReader.Read(item)));
    }

    /// <summary>As people name them: with the interface only where several have one namespace and name.</summary>
    private static IEnumerable<PolicyEndpoint> WithShortNames(IEnumerable<PolicyEndpoint> endpoints) => endpoints
        .GroupBy(endpoint => (endpoint.Name.Namespace, endpoint.Name.Name))
        .SelectMany(same => same.Skip(1).Any() ? same : same.Select(only => only with { Name = only.Name with { Interface = "" } }));
}
