using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>Turns rules of policies into tests and the sets that these name. Pure.</summary>
internal static class RuleCompiler
{
    /// <summary>The policy that ports of nodes that are never closed stand under.</summary>
    public static readonly PolicyName FailSafe = new("FailSafe", "", "ports");

    /// <summary>A policy's rules of one direction, in order.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="direction">Of the rules.</param>
    /// <param name="sets">Gets the sets that they name, perhaps more than once.</param>
    public static ImmutableArray<CompiledRule> Compile(PolicyDefinition policy, Direction direction, List<SetSource> sets)
    {
        ImmutableArray<CompiledRule>.Builder rules = ImmutableArray.CreateBuilder<CompiledRule>();
        foreach (PolicyRule rule in policy.Rules(direction) ?? [])
        {
            List<PeerTest> peers = Peers(rule.Peers, sets);
            List<PortTest> ports = Ports(rule.Ports, sets);
            foreach (PeerTest peer in peers)
            {
                foreach (PortTest port in ports)
                {
                    rules.Add(new CompiledRule(peer, port, rule.Action, policy.Name, rule.Index));
                }
            }
        }
        return rules.DrainToImmutable();
    }

    /// <summary>The chain of a class.</summary>
    /// <param name="policies">Those that select it, in the order in which they are asked.</param>
    /// <param name="direction">Of the chain.</param>
    /// <param name="failSafe">For nodes.</param>
    /// <param name="rules">A policy's compiled rules of the direction.</param>
    public static CompiledChain Chain(
        IReadOnlyList<PolicyDefinition> policies, Direction direction, FailSafePorts failSafe, Func<PolicyDefinition, ImmutableArray<CompiledRule>> rules)
    {
        ImmutableArray<CompiledSection>.Builder sections = ImmutableArray.CreateBuilder<CompiledSection>();
        foreach (PolicyTier tier in (PolicyTier[])[PolicyTier.Admin, PolicyTier.NetworkPolicy, PolicyTier.Baseline, PolicyTier.Host])
        {
            PolicyDefinition[] ofTier = [.. policies.Where(policy => policy.Tier == tier)];
            if (ofTier.Length == 0)
            {
                continue;
            }
            IEnumerable<CompiledRule> compiled = ofTier.SelectMany(policy => rules(policy));
            sections.Add(new CompiledSection(tier, [.. tier == PolicyTier.Host ? FailSafeRules(failSafe, direction).Concat(compiled) : compiled]));
            if (tier is PolicyTier.NetworkPolicy or PolicyTier.Host)
            {
                // What isolates decides about all the rest: later tiers are never asked.
                return new CompiledChain(sections.DrainToImmutable(), [.. ofTier.Select(policy => policy.Name)]);
            }
        }
        return new CompiledChain(sections.DrainToImmutable(), []);
    }

    private static IEnumerable<CompiledRule> FailSafeRules(FailSafePorts ports, Direction direction) =>
        Numbered(ports.Of(direction)).Select(port => new CompiledRule(PeerTest.Any, port, RuleAction.Allow, FailSafe, 0));

    private static List<PeerTest> Peers(PeerMatch peers, List<SetSource> sets)
    {
        if (peers is not PeerMatch.Listed listed)
        {
            return [PeerTest.Any];
        }
        List<SetSource> sources = [];
        AddressRanges ranges = listed.Peers.OfType<Peer.Addresses>().Aggregate(AddressRanges.None, (all, peer) => all.Union(peer.Ranges));
        if (!ranges.IsEmpty)
        {
            sources.Add(new SetSource.Ranges(ranges));
        }
        foreach (Peer peer in listed.Peers)
        {
            switch (peer)
            {
                case Peer.Endpoints endpoints:
                    sources.Add(new SetSource.Endpoints(endpoints.Selector));
                    break;
                case Peer.Nodes nodes:
                    sources.Add(new SetSource.Nodes(nodes.Selector));
                    break;
                case Peer.NetworkSets networkSets:
                    sources.Add(new SetSource.NetworkSets(networkSets.Selector));
                    break;
            }
        }
        sets.AddRange(sources);
        return [.. sources.DistinctBy(source => source.Id).Select(source => new PeerTest.InSet(source.Id))];
    }

    private static List<PortTest> Ports(PortMatch ports, List<SetSource> sets)
    {
        if (ports is not PortMatch.Listed listed)
        {
            return [PortTest.Any];
        }
        List<SetSource> named = [.. listed.Ports.OfType<PortRule.Named>().Distinct().Select(port => new SetSource.NamedPort(port.Protocol, port.Name))];
        sets.AddRange(named);
        return [.. Numbered(listed.Ports.OfType<PortRule.Numbered>()), .. named.Select(source => new PortTest.Named(source.Id))];
    }

    /// <summary>One test a protocol, its ranges joined.</summary>
    private static IEnumerable<PortTest> Numbered(IEnumerable<PortRule.Numbered> ports) =>
        ports.GroupBy(port => port.Protocol).OrderBy(group => group.Key).Select(group => new PortTest.Numbered(
            group.Key,
            [.. NumberInterval.Union(group.Select(port => new NumberInterval(port.Range.First, port.Range.Last)))
                .Select(interval => new PortRange((ushort)interval.First, (ushort)interval.Last))]));
}
