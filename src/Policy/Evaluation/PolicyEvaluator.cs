using System.Collections.Concurrent;
using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>
/// Judges flows by the policies of one world: ClusterNetworkPolicies of the Admin tier, NetworkPolicies, ClusterNetworkPolicies of the Baseline tier, each side by
/// itself (networking.k8s.io/v1, policy.networking.k8s.io/v1alpha2). Thread-safe; remembers which policies select whom, so keep it for many flows.
/// </summary>
public sealed class PolicyEvaluator
{
    private readonly PolicyWorld _world;
    private readonly RuleMatcher _matcher;
    private readonly ILookup<string, PolicyDefinition> _byNamespace;
    private readonly ImmutableArray<PolicyDefinition> _everywhere;
    private readonly ImmutableArray<PolicyDefinition> _hosts;
    private readonly ConcurrentDictionary<(EndpointName, Direction), SelectingPolicies> _ofEndpoint = new();
    private readonly ConcurrentDictionary<(string, Direction), SelectingPolicies> _ofNode = new();

    public PolicyEvaluator(PolicyWorld world)
    {
        _world = world;
        _matcher = new RuleMatcher(world);
        ILookup<bool, PolicyDefinition> own = world.Policies.Values.Where(policy => policy.Tier != PolicyTier.Host).ToLookup(policy => ScopeOf(policy) is NamespaceScope.One);
        _byNamespace = own[true].ToLookup(policy => ((NamespaceScope.One)ScopeOf(policy)!).Name);
        _everywhere = [.. own[false]];
        _hosts = [.. world.Policies.Values.Where(policy => policy.Tier == PolicyTier.Host)];
    }

    public PolicyWorld World => _world;

    internal RuleMatcher Matcher => _matcher;

    public Verdict Evaluate(in Flow flow)
    {
        (SideVerdict egress, SideVerdict? stagedEgress) = Judge(Direction.Egress, flow);
        (SideVerdict ingress, SideVerdict? stagedIngress) = Judge(Direction.Ingress, flow);
        return new Verdict(egress, ingress, stagedEgress, stagedIngress);
    }

    /// <summary>The policies that are about one end of a flow.</summary>
    internal SelectingPolicies? Selecting(Party party, Direction direction) =>
        party.Endpoint is { } endpoint ? _ofEndpoint.GetOrAdd((endpoint.Name, direction), static (key, self) => self.SelectEndpoint(key.Item1, key.Item2), this)
        : party.Node is { } node ? _ofNode.GetOrAdd((node.Name, direction), static (key, self) => self.SelectNode(key.Item1, key.Item2), this)
        : null;

    private static NamespaceScope? ScopeOf(PolicyDefinition policy) => (policy.Subject as PolicySubject.Endpoints)?.Selector.Scope;

    private SelectingPolicies SelectEndpoint(EndpointName name, Direction direction)
    {
        PolicyEndpoint endpoint = _world.Endpoints[name];
        return SelectingPolicies.Of(_byNamespace[name.Namespace].Concat(_everywhere)
            .Where(policy => policy.Rules(direction) is not null && _matcher.Selects(policy.Subject, endpoint)));
    }

    private SelectingPolicies SelectNode(string name, Direction direction) => SelectingPolicies.Of(
        _hosts.Where(policy => policy.Rules(direction) is not null && policy.Subject is PolicySubject.Nodes nodes && nodes.Selector.Matches(_world.Nodes[name].Labels)));

    private (SideVerdict, SideVerdict?) Judge(Direction direction, in Flow flow)
    {
        Party party = direction == Direction.Ingress ? flow.Destination : flow.Source;
        if (Selecting(party, direction) is not { } selecting)
        {
            return (SideVerdict.Open(direction, VerdictReason.NoSide), null);
        }
        if (Exempt(direction, flow) is { } reason)
        {
            return (SideVerdict.Open(direction, reason), null);
        }
        return (Judge(direction, party, selecting.Enforced, flow), selecting.HasStaged ? Judge(direction, party, selecting.WithStaged, flow) : null);
    }

    private VerdictReason? Exempt(Direction direction, in Flow flow)
    {
        (PolicyEndpoint? source, PolicyEndpoint? destination) = (flow.Source.Endpoint, flow.Destination.Endpoint);
        if ((source is not null && destination is not null && source.Name == destination.Name)
            || (flow.Source.Node is { } node && flow.Destination.Node is { } same && node.Name == same.Name))
        {
            return VerdictReason.Itself;
        }
        // Both sides: no policy of pods and none of nodes keeps a node from probing its own pods.
        if (destination is not null && flow.Source.Node is { } from && from.Name == destination.Node)
        {
            return VerdictReason.OwnNode;
        }
        return direction == Direction.Egress && _world.Settings.OwnNodeAlwaysReachable && source is not null && flow.Destination.Node is { } to && to.Name == source.Node
            ? VerdictReason.OwnNode
            : null;
    }

    private SideVerdict Judge(Direction direction, Party party, ImmutableArray<PolicyDefinition> policies, in Flow flow)
    {
        if (party.Node is not null)
        {
            return JudgeNode(direction, policies, flow);
        }
        if (FirstDecision(PolicyTier.Admin, direction, policies, flow) is { } admin)
        {
            return admin;
        }
        return Union(PolicyTier.NetworkPolicy, direction, policies, flow)
            ?? FirstDecision(PolicyTier.Baseline, direction, policies, flow)
            ?? SideVerdict.Open(direction, VerdictReason.NotIsolated);
    }

    private SideVerdict JudgeNode(Direction direction, ImmutableArray<PolicyDefinition> policies, in Flow flow)
    {
        if (policies.IsEmpty)
        {
            return SideVerdict.Open(direction, VerdictReason.NoSide);
        }
        foreach (PortRule.Numbered port in _world.Settings.FailSafe.Of(direction))
        {
            if (port.Protocol == flow.Protocol && port.Range.Contains(flow.Port))
            {
                return SideVerdict.Open(direction, VerdictReason.FailSafe);
            }
        }
        return Union(PolicyTier.Host, direction, policies, flow)!;
    }

    /// <summary>Rules in order; the first that matches decides. Null: none does, or it passes to the next tier.</summary>
    private SideVerdict? FirstDecision(PolicyTier tier, Direction direction, ImmutableArray<PolicyDefinition> policies, in Flow flow)
    {
        foreach (PolicyDefinition policy in policies)
        {
            if (policy.Tier != tier)
            {
                continue;
            }
            foreach (PolicyRule rule in policy.Rules(direction)!)
            {
                if (_matcher.Matches(rule, direction, flow))
                {
                    return rule.Action == RuleAction.Pass ? null : SideVerdict.By(direction, policy, rule);
                }
            }
        }
        return null;
    }

    /// <summary>Any rule of any policy allows; without one it is denied. Null: no policy of the tier is about it.</summary>
    private SideVerdict? Union(PolicyTier tier, Direction direction, ImmutableArray<PolicyDefinition> policies, in Flow flow)
    {
        ImmutableArray<PolicyName>.Builder? isolating = null;
        foreach (PolicyDefinition policy in policies)
        {
            if (policy.Tier != tier)
            {
                continue;
            }
            (isolating ??= ImmutableArray.CreateBuilder<PolicyName>()).Add(policy.Name);
            foreach (PolicyRule rule in policy.Rules(direction)!)
            {
                if (_matcher.Matches(rule, direction, flow))
                {
                    return SideVerdict.By(direction, policy, rule);
                }
            }
        }
        return isolating is null ? null : SideVerdict.Isolated(direction, tier, isolating.DrainToImmutable());
    }
}
