using Google.Protobuf.Collections;
using Weft.Contracts.V1;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>
/// Turns stored policies into what is judged. Never throws and never guesses open: what it cannot understand counts as closed and is told in
/// <see cref="PolicyDefinition.Faults"/>. A rule that allows then matches nothing, one that denies or passes denies everything, a subject is everybody it could be.
/// </summary>
public static class PolicyReader
{
    public static PolicyDefinition Read(NetworkPolicy policy)
    {
        var faults = new List<string>();
        var parts = new PolicyPartReader(policy.Metadata, faults);
        string home = policy.Metadata.Namespace;
        (bool ingress, bool egress) = Types(policy.PolicyTypes, policy.Egress.Count, faults);
        return Define(
            PolicyKinds.NetworkPolicy, policy.Metadata, PolicyTier.NetworkPolicy, 0,
            new PolicySubject.Endpoints(new EndpointSelector(new NamespaceScope.One(home), Subject(parts, policy.PodSelector, "podSelector"))),
            ingress ? [.. policy.Ingress.Select((rule, i) => parts.Rule(i, "", RuleAction.Allow, Direction.Ingress,
                rule.From.Count == 0 ? null : [.. rule.From.Select(peer => PolicyPartReader.Peer(peer, home))], rule.Ports))] : null,
            egress ? [.. policy.Egress.Select((rule, i) => parts.Rule(i, "", RuleAction.Allow, Direction.Egress,
                rule.To.Count == 0 ? null : [.. rule.To.Select(peer => PolicyPartReader.Peer(peer, home))], rule.Ports))] : null,
            faults);
    }

    public static PolicyDefinition Read(HostPolicy policy)
    {
        var faults = new List<string>();
        var parts = new PolicyPartReader(policy.Metadata, faults);
        (bool ingress, bool egress) = Types(policy.PolicyTypes, policy.Egress.Count, faults);
        return Define(
            PolicyKinds.HostPolicy, policy.Metadata, PolicyTier.Host, 0,
            new PolicySubject.Nodes(Subject(parts, policy.NodeSelector, "nodeSelector")),
            ingress ? [.. policy.Ingress.Select((rule, i) => parts.Rule(i, "", RuleAction.Allow, Direction.Ingress,
                rule.From.Count == 0 ? null : [.. rule.From.Select(PolicyPartReader.Peer)], rule.Ports))] : null,
            egress ? [.. policy.Egress.Select((rule, i) => parts.Rule(i, "", RuleAction.Allow, Direction.Egress,
                rule.To.Count == 0 ? null : [.. rule.To.Select(PolicyPartReader.Peer)], rule.Ports))] : null,
            faults);
    }

    public static PolicyDefinition Read(ClusterNetworkPolicy policy)
    {
        var faults = new List<string>();
        var parts = new PolicyPartReader(policy.Metadata, faults);
        PolicyTier tier = policy.Tier == "Baseline" ? PolicyTier.Baseline : PolicyTier.Admin;
        if (policy.Tier is not ("Baseline" or "Admin"))
        {
            faults.Add($"tier \"{policy.Tier}\" is not known; read as Admin");
        }
        return Define(
            PolicyKinds.ClusterNetworkPolicy, policy.Metadata, tier, (int)policy.Priority,
            new PolicySubject.Endpoints(ClusterSubject(parts, policy.Subject)),
            policy.Ingress.Count == 0 ? null : [.. policy.Ingress.Select((rule, i) => parts.ClusterRule(i, rule.Name, rule.Action, Direction.Ingress, rule.From, rule.Protocols))],
            policy.Egress.Count == 0 ? null : [.. policy.Egress.Select((rule, i) => parts.ClusterRule(i, rule.Name, rule.Action, Direction.Egress, rule.To, rule.Protocols))],
            faults);
    }

    public static NetworkSetDefinition Read(NetworkSet set) => new(
        set.Metadata.Name, LabelSet.From(set.Metadata.Labels), AddressRanges.Of(set.Cidrs.Select(BlockText.Parse).OfType<Cidr>()));

    private static PolicyDefinition Define(
        string kind, ObjectMeta meta, PolicyTier tier, int priority, PolicySubject subject, IReadOnlyList<PolicyRule>? ingress, IReadOnlyList<PolicyRule>? egress, List<string> faults) =>
        new(new PolicyName(kind, meta.Namespace, meta.Name), tier, priority, subject, ingress, egress,
            meta.Annotations.TryGetValue(PolicyKinds.StagedAnnotation, out string? staged) && staged == "true", [.. faults]);

    private static Selector Subject(PolicyPartReader parts, LabelSelector? selector, string what) =>
        selector is null ? Selector.Everything : PolicyPartReader.Selector(selector) ?? parts.Closed(what, Selector.Everything);

    private static EndpointSelector ClusterSubject(PolicyPartReader parts, ClusterPolicySubject? subject)
    {
        EndpointSelector? read = subject?.SubjectCase switch
        {
            ClusterPolicySubject.SubjectOneofCase.Namespaces => PolicyPartReader.Endpoints(subject.Namespaces, null, null),
            ClusterPolicySubject.SubjectOneofCase.Pods => PolicyPartReader.Endpoints(subject.Pods.NamespaceSelector ?? new LabelSelector(), subject.Pods.PodSelector, null),
            _ => null,
        };
        return read ?? parts.Closed("subject", new EndpointSelector(new NamespaceScope.Selected(Selector.Everything), Selector.Everything));
    }

    /// <summary>Which directions a policy is about: Ingress, and Egress where there are egress rules, unless it says so itself.</summary>
    private static (bool Ingress, bool Egress) Types(RepeatedField<string> types, int egressRules, List<string> faults)
    {
        if (types.Count == 0)
        {
            return (true, egressRules > 0);
        }
        if (types.Any(type => type is not ("Ingress" or "Egress")))
        {
            faults.Add($"policyTypes [{string.Join(", ", types)}] has an unknown type; read as both");
            return (true, true);
        }
        return (types.Contains("Ingress"), types.Contains("Egress"));
    }
}
