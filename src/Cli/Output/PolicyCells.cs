using Weft.Contracts.V1;
using Weft.Policy.Labels;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Cli.Output;

/// <summary>Policies, and what they select by, as cells of a table. "*" is a selector without conditions.</summary>
internal static class PolicyCells
{
    public static string[] Of(NetworkPolicy policy)
    {
        PolicyDefinition read = PolicyReader.Read(policy);
        return [policy.Metadata.Namespace, policy.Metadata.Name, Subject(read), Types(read), Staged(read), .. Rest(read, policy.Metadata)];
    }

    public static string[] Of(ClusterNetworkPolicy policy)
    {
        PolicyDefinition read = PolicyReader.Read(policy);
        return [policy.Metadata.Name, policy.Tier, ResourceTable.Number(policy.Priority), Subject(read), Staged(read), .. Rest(read, policy.Metadata)];
    }

    public static string[] Of(HostPolicy policy)
    {
        PolicyDefinition read = PolicyReader.Read(policy);
        return [policy.Metadata.Name, Subject(read), Types(read), Staged(read), .. Rest(read, policy.Metadata)];
    }

    public static string[] Of(NetworkSet set) =>
        [set.Metadata.Name, ResourceTable.Number((uint)set.Cidrs.Count), ResourceTable.Labels(set.Metadata.Labels), string.Join(',', set.Cidrs)];

    public static string[] Of(Namespace item) => [item.Metadata.Name, ResourceTable.Labels(item.Metadata.Labels)];

    private static string Subject(PolicyDefinition policy) => policy.Subject switch
    {
        PolicySubject.Nodes nodes => Text(nodes.Selector),
        PolicySubject.Endpoints { Selector.Scope: NamespaceScope.Selected scope } endpoints => endpoints.Selector.Pods.Equals(Selector.Everything)
            ? $"namespaces({Text(scope.Namespaces)})"
            : $"pods({Text(endpoints.Selector.Pods)}) of namespaces({Text(scope.Namespaces)})",
        PolicySubject.Endpoints endpoints => Text(endpoints.Selector.Pods),
        _ => "",
    };

    private static string Text(Selector selector) => selector.Equals(Selector.Everything) ? "*" : selector.Text;

    private static string Types(PolicyDefinition policy) =>
        string.Join(',', ((ReadOnlySpan<string>)[policy.Ingress is null ? "" : "Ingress", policy.Egress is null ? "" : "Egress"]).ToArray().Where(type => type.Length > 0));

    private static string Staged(PolicyDefinition policy) => policy.Staged ? "yes" : "no";

    private static string[] Rest(PolicyDefinition policy, ObjectMeta meta) => [Count(policy.Ingress), Count(policy.Egress), ResourceTable.Labels(meta.Labels)];

    /// <summary>Of rules; empty where the policy says nothing about the direction.</summary>
    private static string Count(IReadOnlyList<PolicyRule>? rules) => rules is null ? "" : ResourceTable.Number((uint)rules.Count);
}
