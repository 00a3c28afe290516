using System.Net;
using System.Net.Sockets;
using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>One end of a flow: an endpoint, a node, or an address that is neither.</summary>
/// <param name="Endpoint">The endpoint, if it has an address of its own; a pod on its node's network is its node.</param>
/// <param name="Node">The node.</param>
/// <param name="Address">Null only for an endpoint whose addresses are not known; then no range matches it.</param>
public sealed record Party(PolicyEndpoint? Endpoint, PolicyNode? Node, IPAddress? Address)
{
    /// <summary>Who has the address.</summary>
    public static Party At(PolicyWorld world, IPAddress address) =>
        world.EndpointAt(address) is { } endpoint ? new Party(endpoint, null, address) : new Party(null, world.NodeAt(address), address);

    /// <summary>An endpoint by its address of a family.</summary>
    /// <param name="world">Knows its node.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="family">Which of its addresses; null: the first.</param>
    public static Party Of(PolicyWorld world, PolicyEndpoint endpoint, AddressFamily? family = null)
    {
        if (!endpoint.HostNetwork)
        {
            return new Party(endpoint, null, Pick(endpoint.Addresses, family));
        }
        return world.Nodes.TryGetValue(endpoint.Node, out PolicyNode? node)
            ? new Party(null, node, Pick(node.Addresses, family) ?? Pick(endpoint.Addresses, family))
            : new Party(null, null, Pick(endpoint.Addresses, family));
    }

    /// <summary>A node by its address of a family.</summary>
    public static Party Of(PolicyNode node, AddressFamily? family = null) => new(null, node, Pick(node.Addresses, family));

    public override string ToString() =>
        Endpoint is not null ? $"{Endpoint.Name}{(Address is null ? "" : $" ({Address})")}"
        : Node is not null ? $"node {Node.Name}{(Address is null ? "" : $" ({Address})")}"
        : Address?.ToString() ?? "an unknown address";

    private static IPAddress? Pick(IEnumerable<IPAddress> addresses, AddressFamily? family) =>
        addresses.FirstOrDefault(address => family is null || address.AddressFamily == family);
}
