using Weft.Policy.Labels;

namespace Weft.Policy.Compilation;

/// <summary>A namespace while it has endpoints, an object, or a selector that names it.</summary>
internal sealed class NamespaceState(string name, LabelSet labels)
{
    public string Name => name;

    public LabelSet Labels { get; set; } = labels;

    public HashSet<EndpointState> Endpoints { get; } = [];

    /// <summary>Its endpoints by key and value of each of their labels.</summary>
    public Dictionary<(string Key, string Value), HashSet<EndpointState>> ByLabel { get; } = [];

    /// <summary>The scopes of selectors that it is in.</summary>
    public HashSet<ScopeState> Scopes { get; } = [];

    public void Add(EndpointState endpoint)
    {
        Endpoints.Add(endpoint);
        foreach ((string key, string value) in endpoint.Endpoint.Labels.Pairs)
        {
            if (!ByLabel.TryGetValue((key, value), out HashSet<EndpointState>? having))
            {
                ByLabel.Add((key, value), having = []);
            }
            having.Add(endpoint);
        }
    }

    public void Remove(EndpointState endpoint)
    {
        Endpoints.Remove(endpoint);
        foreach ((string key, string value) in endpoint.Endpoint.Labels.Pairs)
        {
            HashSet<EndpointState> having = ByLabel[(key, value)];
            having.Remove(endpoint);
            if (having.Count == 0)
            {
                ByLabel.Remove((key, value));
            }
        }
    }
}
