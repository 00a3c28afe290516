using System.Collections.Immutable;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.Policy.Compilation;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// The rules of one class. Allow returns to who jumped to the class, so that the other direction is asked as well. Pass goes on in the chain of the next
/// section, which returns to the same place.
/// </summary>
internal static class PolicyChains
{
    /// <summary>The nflog group that drops are told to.</summary>
    public const ushort LogGroup = 870;

    /// <summary>In front of a logged drop stands this and a counter's name.</summary>
    public const string LogPrefix = "weft ";

    private const ulong LogsPerSecond = 10;      // a rule
    private const uint LoggedBytes = 128;       // of a packet: both headers, IPv6 with extensions
    private const int LongestComment = 100;

    /// <summary>The chains of a class; whoever is of the class jumps to the first.</summary>
    public static IReadOnlyList<(NftChain Chain, IReadOnlyList<NftRule> Rules)> Of(CompiledClass item)
    {
        List<(NftChain, IReadOnlyList<NftRule>)> chains = [];
        NftRule[] first = item.Staged is null ? [] : [new NftRule("what staged policies would do", Verdict.Jump(StagedName(item.Id)))];
        Add(chains, item.Id.Text, first, item.Enforced, item.Direction, staged: false);
        if (item.Staged is { } staged)
        {
            Add(chains, StagedName(item.Id), [], staged, item.Direction, staged: true);
        }
        return chains;
    }

    /// <summary>Names of the counters that the class counts in.</summary>
    public static IEnumerable<string> CountersOf(CompiledClass item) =>
        CountersOf(item.Enforced, item.Direction, staged: false).Concat(item.Staged is null ? [] : CountersOf(item.Staged, item.Direction, staged: true)).Distinct();

    private static IEnumerable<string> CountersOf(CompiledChain chain, Direction direction, bool staged) =>
        chain.Sections.SelectMany(section => section.Rules).Where(rule => rule.Action == RuleAction.Deny).Select(rule => rule.Policy).Concat(chain.DeniedBy)
            .Select(policy => DropCounter.NameOf(policy, direction, staged));

    private static string StagedName(ClassId id) => $"{id}_staged";

    private static void Add(
        List<(NftChain, IReadOnlyList<NftRule>)> chains, string name, IEnumerable<NftRule> first, CompiledChain chain, Direction direction, bool staged)
    {
        string current = name;
        List<NftRule> rules = [.. first];
        for (int i = 0; i < chain.Sections.Length; i++)
        {
            ImmutableArray<CompiledRule> section = chain.Sections[i].Rules;
            bool passes = section.Any(rule => rule.Action == RuleAction.Pass);
            string next = $"{name}_{i + 1}";
            foreach (CompiledRule rule in section)
            {
                AddRules(rules, rule, direction, staged, next);
            }
            if (passes)
            {
                rules.Add(new NftRule("next", Verdict.Goto(next)));
                chains.Add((new NftChain(current), rules));
                (current, rules) = (next, []);
            }
        }
        if (!chain.EndAllows)
        {
            AddDrop(rules, $"denied: {string.Join(", ", chain.DeniedBy)}", [], chain.DeniedBy, direction, staged);
        }
        chains.Add((new NftChain(current), rules));
    }

    private static void AddRules(List<NftRule> rules, CompiledRule rule, Direction direction, bool staged, string next)
    {
        string comment = $"{rule.Policy} rule {rule.Index}";
        foreach (NftStatement[] tests in Tests(rule, direction))
        {
            switch (rule.Action)
            {
                case RuleAction.Allow:
                    rules.Add(Rule(comment, [.. tests, Verdict.Return]));
                    break;
                case RuleAction.Pass:
                    rules.Add(Rule(comment, [.. tests, Verdict.Goto(next)]));
                    break;
                default:
                    AddDrop(rules, comment, tests, [rule.Policy], direction, staged);
                    break;
            }
        }
    }

    private static void AddDrop(List<NftRule> rules, string comment, NftStatement[] tests, IReadOnlyList<PolicyName> policies, Direction direction, bool staged)
    {
        string[] counters = [.. policies.Select(policy => DropCounter.NameOf(policy, direction, staged))];
        rules.Add(Rule(comment, [.. tests, Statement.Limit(LogsPerSecond, TimeSpan.FromSeconds(1)), Statement.Log(LogPrefix + counters[0], LogGroup, LoggedBytes)]));
        rules.Add(Rule(comment, [.. tests, .. counters.Select(Statement.CounterNamed), staged ? Verdict.Return : Verdict.Drop]));
    }

    /// <summary>All ways in which a rule can match, one nf_tables rule each.</summary>
    private static IEnumerable<NftStatement[]> Tests(CompiledRule rule, Direction direction)
    {
        foreach (NftStatement[] port in PortTests(rule.Port))
        {
            switch (rule.Peer, rule.Port)
            {
                case (PeerTest.Everything, PortTest.Named named):
                    foreach (AddressFamily family in PolicySets.Families)
                    {
                        yield return [Named(named, family)];
                    }
                    break;
                case (PeerTest.Everything, _):
                    yield return port;
                    break;
                case (PeerTest.InSet peer, _):
                    foreach (AddressFamily family in PolicySets.Families)
                    {
                        NftStatement address = Address(family, source: direction == Direction.Ingress).InSet(PolicySets.NameOf(peer.Set, family));
                        yield return rule.Port is PortTest.Named named ? [address, Named(named, family)] : [address, .. port];
                    }
                    break;
                default:
                    throw new InvalidOperationException($"a kind of peer without rules: {rule.Peer}");
            }
        }
    }

    private static IEnumerable<NftStatement[]> PortTests(PortTest test)
    {
        if (test is not PortTest.Numbered numbered)
        {
            return [[]];
        }
        if (numbered.EveryPort)
        {
            return [[Match.Layer4Protocol.Is((uint)numbered.Protocol)]];
        }
        NftSelector port = numbered.Protocol switch
        {
            L4Protocol.Tcp => Match.TcpDestinationPort,
            L4Protocol.Udp => Match.UdpDestinationPort,
            _ => Match.SctpDestinationPort,
        };
        uint[] single = [.. numbered.Ranges.Where(range => range.First == range.Last).Select(range => (uint)range.First)];
        IEnumerable<NftStatement[]> ranges = numbered.Ranges.Where(range => range.First != range.Last).Select(range => (NftStatement[])[port.Within(range.First, range.Last)]);
        return single.Length == 0 ? ranges : ranges.Prepend([single.Length == 1 ? port.Is(single[0]) : port.IsOneOf(single)]);
    }

    private static NftStatement Named(PortTest.Named test, AddressFamily family) =>
        Match.Concat(Address(family, source: false), Match.Layer4Protocol, Match.DestinationPort).InSet(PolicySets.NameOf(test.Set, family));

    private static NftSelector Address(AddressFamily family, bool source) => (family, source) switch
    {
        (AddressFamily.InterNetwork, true) => Match.IpSource,
        (AddressFamily.InterNetwork, false) => Match.IpDestination,
        (_, true) => Match.Ip6Source,
        _ => Match.Ip6Destination,
    };

    private static NftRule Rule(string comment, NftStatement[] statements) => new(Shorten(comment), statements);

    // Names are ASCII.
    private static string Shorten(string comment) => comment.Length <= LongestComment ? comment : string.Concat(comment.AsSpan(0, LongestComment), "...");
}
