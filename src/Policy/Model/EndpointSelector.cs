using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>Which endpoints are meant. Never those on their node's own network.</summary>
public sealed record EndpointSelector(NamespaceScope Scope, Selector Pods)
{
    /// <summary>Canonical: equal selectors have equal texts.</summary>
    public string Text { get; } = $"{Scope}/{Pods.Text}";

    public bool Matches(PolicyEndpoint endpoint, LabelSet namespaceLabels) =>
        !endpoint.HostNetwork && Scope.Matches(endpoint.Name.Namespace, namespaceLabels) && Pods.Matches(endpoint.Labels);

    public override string ToString() => Scope switch
    {
        NamespaceScope.One one => $"pods \"{Pods}\" of namespace {one.Name}",
        NamespaceScope.Selected selected => $"pods \"{Pods}\" of namespaces \"{selected.Namespaces}\"",
        _ => Text,
    };
}
