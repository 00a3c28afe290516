using Weft.Contracts.V1;

namespace Weft.NetDaemon.Networks;

/// <summary>Which pools of a network an endpoint's addresses may be from.</summary>
internal static class PoolSelection
{
    /// <summary>A label that every node has: its name.</summary>
    public const string NameLabel = "weft.dev/node";

    /// <summary>
    /// Of each family: the pools that name the endpoint's namespace or, where none does, those that name no namespace. In both cases only those whose
    /// node selector this node fits.
    /// </summary>
    /// <param name="pools">All of the network's pools.</param>
    /// <param name="node">This node's name.</param>
    /// <param name="labels">This node's labels.</param>
    /// <param name="endpointNamespace">The endpoint's; null: of anybody, so pools of all namespaces.</param>
    public static IReadOnlyList<Pool> Of(
        IReadOnlyList<Pool> pools, string node, IReadOnlyDictionary<string, string> labels, string? endpointNamespace)
    {
        List<Pool> here = [.. pools.Where(p => p.NodeSelector.All(s => ValueOf(s.Key) == s.Value))];
        if (endpointNamespace is null)
        {
            return here;
        }
        // A pool of that namespace on other nodes is a promise too: its endpoints get no others' addresses here.
        var named = pools.Where(p => p.Namespaces.Contains(endpointNamespace)).Select(FamilyOf).ToHashSet();
        return [.. here.Where(p => named.Contains(FamilyOf(p)) ? p.Namespaces.Contains(endpointNamespace) : p.Namespaces.Count == 0)];

        string? ValueOf(string label) => label == NameLabel ? node : labels.GetValueOrDefault(label);
    }

    private static System.Net.Sockets.AddressFamily FamilyOf(Pool pool) => Cidr.TryParse(pool.Cidr, out Cidr range) ? range.Family : default;
}
