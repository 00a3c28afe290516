using System.Collections.Immutable;
using System.Net;
using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>What policies know of a container's interface, or of a pod.</summary>
/// <param name="Name">Namespace and name.</param>
/// <param name="Labels">What selectors see.</param>
/// <param name="Addresses">Its own; those of its node when it is on the node's network. May be empty in manifests without a status.</param>
/// <param name="Ports">Ports with names.</param>
/// <param name="Node">Name of its node, or empty: not known.</param>
/// <param name="HostNetwork">It is on its node's own network: never selected, its traffic is the node's.</param>
public sealed record PolicyEndpoint(
    EndpointName Name, LabelSet Labels, ImmutableArray<IPAddress> Addresses, ImmutableArray<NamedPort> Ports, string Node, bool HostNetwork);
