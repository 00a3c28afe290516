using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>Looks for what is probably not meant. It says nothing about right or wrong: every finding may be on purpose.</summary>
public sealed class PolicyLint
{
    private readonly PolicyWorld _world;
    private readonly RuleMatcher _matcher;
    private readonly List<LintFinding> _findings = [];

    private PolicyLint(PolicyWorld world) => (_world, _matcher) = (world, new RuleMatcher(world));

    /// <summary>All findings, by policy.</summary>
    public static IReadOnlyList<LintFinding> Check(PolicyWorld world)
    {
        var lint = new PolicyLint(world);
        PolicyDefinition[] policies = [.. world.Policies.Values.Order(PolicyDefinition.Order)];
        foreach (PolicyDefinition policy in policies)
        {
            lint.CheckSubject(policy);
            lint.CheckRules(policy, Direction.Ingress);
            lint.CheckRules(policy, Direction.Egress);
            lint._findings.AddRange(policy.Faults.Select(fault => new LintFinding("not-understood", policy.Name, "", fault)));
        }
        lint.CheckTies(policies);
        return lint._findings;
    }

    private void CheckSubject(PolicyDefinition policy)
    {
        bool any = policy.Subject switch
        {
            PolicySubject.Endpoints endpoints => _world.Endpoints.Values.Any(endpoint => _matcher.Matches(endpoints.Selector, endpoint)),
            PolicySubject.Nodes nodes => _world.Nodes.Values.Any(node => nodes.Selector.Matches(node.Labels)),
            _ => false,
        };
        if (!any)
        {
            Add("selects-nothing", policy, "", $"it selects nobody: {policy.Subject}");
        }
        if (policy.Ingress is null && policy.Egress is null)
        {
            Add("no-effect", policy, "", "it has no rules and isolates nobody");
        }
    }

    private void CheckRules(PolicyDefinition policy, Direction direction)
    {
        IReadOnlyList<PolicyRule> rules = policy.Rules(direction) ?? [];
        foreach (PolicyRule rule in rules)
        {
            string where = Where(direction, rule);
            if (rules.Take(rule.Index).FirstOrDefault(earlier => Covers(earlier, rule)) is { } cover)
            {
                Add("shadowed", policy, where, $"rule {cover.Index} matches all that it matches, and comes first");
            }
            else if (policy.Tier is PolicyTier.Admin or PolicyTier.Baseline && ShadowedBy(policy, direction, rule) is { } other)
            {
                Add("shadowed", policy, where, $"{other.Name} has a rule that matches all that it matches, and is asked first");
            }
            foreach (Peer peer in rule.Peers is PeerMatch.Listed listed ? listed.Peers : [])
            {
                CheckPeer(policy, where, peer);
            }
            foreach (PortRule.Named port in (rule.Ports is PortMatch.Listed ports ? ports.Ports : []).OfType<PortRule.Named>())
            {
                CheckNamedPort(policy, direction, where, rule, port);
            }
        }
    }

    private void CheckPeer(PolicyDefinition policy, string where, Peer peer)
    {
        switch (peer)
        {
            case Peer.Endpoints endpoints when !_world.Endpoints.Values.Any(endpoint => _matcher.Matches(endpoints.Selector, endpoint)):
                Add("selects-nothing", policy, where, $"a peer selects nobody: {peer}");
                break;
            case Peer.Nodes nodes when !_world.Nodes.Values.Any(node => nodes.Selector.Matches(node.Labels)):
                Add("selects-nothing", policy, where, $"a peer selects no node: {peer}");
                break;
            case Peer.NetworkSets sets when !_world.NetworkSets.Values.Any(set => sets.Selector.Matches(set.Labels)):
                Add("selects-nothing", policy, where, $"a peer selects no NetworkSet: {peer}");
                break;
            case Peer.Addresses addresses:
                PolicyEndpoint[] covered = [.. _world.Endpoints.Values.Where(endpoint => !endpoint.HostNetwork && endpoint.Addresses.Any(addresses.Ranges.Contains)).OrderBy(endpoint => endpoint.Name)];
                if (covered.Length > 0)
                {
                    Add("range-covers-pods", policy, where,
                        $"{peer} has the addresses of {covered.Length} endpoint(s), such as {covered[0].Name}; their addresses change, and a selector says who is meant");
                }
                break;
        }
    }

    private void CheckNamedPort(PolicyDefinition policy, Direction direction, string where, PolicyRule rule, PortRule.Named port)
    {
        IEnumerable<PolicyEndpoint> destinations = _world.Endpoints.Values.Where(endpoint => !endpoint.HostNetwork && (direction == Direction.Ingress
            ? _matcher.Selects(policy.Subject, endpoint)
            : _matcher.MatchesPeers(rule.Peers, Party.Of(_world, endpoint))));
        if (!destinations.Any(endpoint => endpoint.Ports.Any(named => named.Name == port.Name && (port.Protocol is null || port.Protocol == named.Protocol))))
        {
            Add("no-such-port", policy, where, $"none of the destinations has a port of that name, so it matches nothing: {port}");
        }
    }

    private void CheckTies(IEnumerable<PolicyDefinition> policies)
    {
        foreach (IGrouping<(PolicyTier, int), PolicyDefinition> tie in policies.Where(policy => policy.Tier is PolicyTier.Admin or PolicyTier.Baseline).GroupBy(policy => (policy.Tier, policy.Priority)))
        {
            foreach (PolicyDefinition policy in tie.Skip(1))
            {
                Add("same-priority", policy, "", $"{tie.First().Name} has priority {policy.Priority} too; Weft asks them in the order of their names, others may not");
            }
        }
    }

    /// <summary>A policy of the tier that is asked earlier, for the same endpoints or more, whose rule covers this one.</summary>
    private PolicyDefinition? ShadowedBy(PolicyDefinition policy, Direction direction, PolicyRule rule) => _world.Policies.Values
        .Where(other => other.Tier == policy.Tier && !other.Staged && PolicyDefinition.Order.Compare(other, policy) < 0
            && (other.Subject.Equals(policy.Subject) || IsEverybody(other.Subject)))
        .Order(PolicyDefinition.Order)
        .FirstOrDefault(other => (other.Rules(direction) ?? []).Any(earlier => Covers(earlier, rule)));

    private static bool IsEverybody(PolicySubject subject) =>
        subject is PolicySubject.Endpoints { Selector: { Pods.Requirements.IsEmpty: true, Scope: NamespaceScope.Selected { Namespaces.Requirements.IsEmpty: true } } };

    /// <summary>Whether all that one rule matches is matched by another; false also when that cannot be told from the texts alone.</summary>
    private static bool Covers(PolicyRule wide, PolicyRule narrow) => Covers(wide.Peers, narrow.Peers) && Covers(wide.Ports, narrow.Ports);

    private static bool Covers(PeerMatch wide, PeerMatch narrow) =>
        wide is PeerMatch.Anyone
        || (wide is PeerMatch.Listed all && narrow is PeerMatch.Listed some && some.Peers.All(peer => all.Peers.Any(other => Covers(other, peer))));

    private static bool Covers(Peer wide, Peer narrow) => (wide, narrow) switch
    {
        (Peer.Addresses all, Peer.Addresses some) => some.Ranges.Except(all.Ranges).IsEmpty,
        (Peer.Endpoints all, Peer.Endpoints some) => all.Selector.Text == some.Selector.Text
            || (all.Selector.Pods.Requirements.IsEmpty && (all.Selector.Scope.Equals(some.Selector.Scope)
                || all.Selector.Scope is NamespaceScope.Selected { Namespaces.Requirements.IsEmpty: true })),
        _ => wide.Equals(narrow),
    };

    private static bool Covers(PortMatch wide, PortMatch narrow) =>
        wide is PortMatch.AnyTraffic
        || (wide is PortMatch.Listed all && narrow is PortMatch.Listed some && some.Ports.All(port => all.Ports.Any(other => other.Equals(port)
            || (other is PortRule.Numbered a && port is PortRule.Numbered b && a.Protocol == b.Protocol && a.Range.First <= b.Range.First && a.Range.Last >= b.Range.Last))));

    private static string Where(Direction direction, PolicyRule rule) => $"{direction.ToString().ToLowerInvariant()} rule {rule.Index}";

    private void Add(string code, PolicyDefinition policy, string where, string message) => _findings.Add(new LintFinding(code, policy.Name, where, message));
}
