using System.Collections.Immutable;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>Finds which rule came closest. For people: it looks at every rule again.</summary>
internal static class NearMisses
{
    /// <summary>The nearest of the policies' allowing rules, or null when they have none.</summary>
    public static NearMiss? Find(RuleMatcher matcher, IEnumerable<PolicyDefinition> policies, Direction direction, Flow flow)
    {
        Party other = direction == Direction.Ingress ? flow.Source : flow.Destination;
        return policies
            .SelectMany(policy => (policy.Rules(direction) ?? []).Where(rule => rule.Action == RuleAction.Allow).Select(rule => (policy, rule)))
            .Select(pair => (pair.policy, pair.rule, Difference: Difference(matcher, pair.rule, other, flow)))
            .OrderBy(item => item.Difference.Distance)
            .Select(item => new NearMiss(item.policy.Name, item.rule, item.Difference.Text))
            .FirstOrDefault();
    }

    private static (int Distance, string Text) Difference(RuleMatcher matcher, PolicyRule rule, Party other, Flow flow)
    {
        bool peers = matcher.MatchesPeers(rule.Peers, other);
        (int distance, string text) = peers ? (0, "") : PeerDifference(matcher, rule.Peers, other);
        if (RuleMatcher.MatchesPorts(rule.Ports, flow))
        {
            return (distance, text);
        }
        string ports = PortDifference(rule.Ports, flow);
        return (distance + (peers ? 1 : 3), peers ? ports : $"{text}, and {ports}");
    }

    private static string PortDifference(PortMatch ports, Flow flow)
    {
        ImmutableArray<PortRule> listed = ((PortMatch.Listed)ports).Ports;
        string wanted = listed.IsEmpty ? "nothing" : string.Join(", ", listed);
        string named = listed.OfType<PortRule.Named>().FirstOrDefault() is { } port && flow.Destination.Endpoint is { } endpoint && endpoint.Ports.All(p => p.Name != port.Name)
            ? $" (and {endpoint.Name} has no port named {port.Name})"
            : "";
        return $"it allows {wanted}{named}, not {flow.Protocol.Word()}{(flow.Protocol.HasPorts() ? $"/{flow.Port}" : "")}";
    }

    /// <summary>2: the namespace fits and labels do not; 3: another namespace; 4: another kind of peer.</summary>
    private static (int Distance, string Text) PeerDifference(RuleMatcher matcher, PeerMatch peers, Party other) =>
        ((PeerMatch.Listed)peers).Peers.Select(peer => PeerDifference(matcher, peer, other)).DefaultIfEmpty((5, "it allows nobody")).MinBy(item => item.Item1);

    private static (int Distance, string Text) PeerDifference(RuleMatcher matcher, Peer peer, Party other)
    {
        if (peer is not Peer.Endpoints { Selector: var selector })
        {
            return (4, $"it allows {peer}, not {other}");
        }
        if (other.Endpoint is not { } endpoint)
        {
            return (4, $"it allows {selector}, and {other} is no pod with an address of its own");
        }
        LabelSet spaceLabels = matcher.LabelsOf(endpoint.Name.Namespace);
        return selector.Scope.Matches(endpoint.Name.Namespace, spaceLabels)
            ? (2, $"it wants {selector.Pods.FirstUnmet(endpoint.Labels)} of the pod, and {endpoint.Name} has {Has(selector.Pods.FirstUnmet(endpoint.Labels), endpoint.Labels)}")
            : (3, selector.Scope is NamespaceScope.Selected selected
                ? $"it wants {selected.Namespaces.FirstUnmet(spaceLabels)} of the namespace, and {endpoint.Name.Namespace} has {Has(selected.Namespaces.FirstUnmet(spaceLabels), spaceLabels)}"
                : $"it allows {selector}, and {endpoint.Name} is in another namespace");
    }

    private static string Has(Requirement? requirement, LabelSet labels) =>
        requirement is null ? "no address of its own" : labels.Find(requirement.Key) is { } value ? $"{requirement.Key}={value}" : $"no label {requirement.Key}";
}
