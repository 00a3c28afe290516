using Weft.Dataplane.Nftables;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Other programs' chains that forwarded packets pass, and what becomes of a container's packets there. A rule counts when it asks for nothing
/// but interface names; of one that asks for more it is known only what it may do. Rules are read when a packet may come to them, once.
/// </summary>
internal sealed class ForeignChains
{
    // The kernel's own limit of jumps is 16 (NFT_JUMP_STACK_SIZE). The other keeps a look short: what is beyond it may do anything.
    private const int DeepestJump = 16;
    private const int MostChains = 500;

    private readonly NftSocket _socket;
    private readonly Dictionary<(NftTable Table, string Chain), IReadOnlyList<NftRuleOutline>> _rules = [];
    private readonly List<(NftTable Table, NftChain Chain)> _entries;

    private ForeignChains(NftSocket socket)
    {
        _socket = socket;
        _entries =
        [
            .. socket.BaseChains(NftHook.Forward).Where(c =>
                c.Table.Family is NftFamily.Ip or NftFamily.Ip6 or NftFamily.Inet && c.Chain.Base!.Type == NftChainType.Filter && c.Table != RoutedRules.Table),
        ];
    }

    /// <summary>Lists the chains: one dump.</summary>
    public static ForeignChains Read(NftSocket socket) => new(socket);

    /// <summary>Tables with a chain at the hook, each once.</summary>
    public IEnumerable<NftTable> Tables => _entries.Select(e => e.Table).Distinct();

    /// <summary>The chains that end packets on a way, unless a rule with further conditions lets them pass.</summary>
    public IEnumerable<ForwardingObstacle> ObstaclesOf(ForwardedPath path, Func<NftFamily, bool> concerns)
    {
        foreach ((NftTable table, NftChain chain) in _entries.Where(e => concerns(e.Table.Family)))
        {
            int budget = MostChains;
            (Ends usual, Ends possible) = Walk(table, chain.Name, path, DeepestJump, ref budget);
            bool byPolicy = usual == Ends.Chain && chain.Base!.DropByDefault;
            if (usual == Ends.Drop || byPolicy)
            {
                bool passes = possible.HasFlag(Ends.Accept) || (possible.HasFlag(Ends.Chain) && !chain.Base!.DropByDefault);
                yield return new ForwardingObstacle(table, chain.Name, byPolicy, Certain: !passes, path);
            }
        }
    }

    /// <summary>Whether a table has a chain by which a well-known program is recognised.</summary>
    public bool Has(NftTable table, string chain) => RulesOf(table, chain).Count > 0;

    /// <summary>How a packet leaves a chain.</summary>
    /// <returns>How it does when no rule with further conditions applies; and all ways in which it may.</returns>
    private (Ends Usual, Ends Possible) Walk(NftTable table, string chain, ForwardedPath path, int depth, ref int budget)
    {
        if (depth == 0 || --budget < 0)
        {
            return (Ends.Chain, Ends.Accept | Ends.Drop | Ends.Chain);
        }
        Ends usual = Ends.None;
        Ends possible = Ends.None;
        foreach (NftRuleOutline rule in RulesOf(table, chain))
        {
            if (!rule.Interfaces.All(c => c.Holds(path.Incoming, path.Outgoing)))
            {
                continue;
            }
            if (rule.VerdictVaries)
            {
                possible |= Ends.Accept | Ends.Drop;
                continue;
            }
            (Ends usually, Ends possibly) = rule.Verdict switch
            {
                { Code: 1 } => (Ends.Accept, Ends.Accept),
                { Code: 0 } => (Ends.Drop, Ends.Drop),
                { Code: -5 } => (Ends.Chain, Ends.Chain),
                { Code: -3, Chain: { } jump } => OnReturn(Walk(table, jump, path, depth - 1, ref budget)),
                { Code: -4, Chain: { } jump } => Walk(table, jump, path, depth - 1, ref budget),
                _ => (Ends.None, Ends.None),        // on with the next rule
            };
            possible |= possibly & ~Ends.Next;
            if (rule.HasOtherConditions || usually == Ends.None)
            {
                continue;
            }
            usual = usual == Ends.None ? usually : usual;
            if (!possibly.HasFlag(Ends.Next))
            {
                return (usual, possible & ~Ends.Next);
            }
        }
        return (usual == Ends.None ? Ends.Chain : usual, (possible & ~Ends.Next) | Ends.Chain);
    }

    /// <summary>A chain that was jumped to leads back to the next rule at its end.</summary>
    private static (Ends Usual, Ends Possible) OnReturn((Ends Usual, Ends Possible) jumped) =>
    (
        jumped.Usual == Ends.Chain ? Ends.None : jumped.Usual,
        jumped.Possible.HasFlag(Ends.Chain) ? (jumped.Possible & ~Ends.Chain) | Ends.Next : jumped.Possible);

    private IReadOnlyList<NftRuleOutline> RulesOf(NftTable table, string chain)
    {
        if (!_rules.TryGetValue((table, chain), out IReadOnlyList<NftRuleOutline>? rules))
        {
            _rules[(table, chain)] = rules = [.. _socket.Rules(table, chain).Select(NftRuleOutline.Of)];
        }
        return rules;
    }

    [Flags]
    private enum Ends
    {
        None = 0,
        Accept = 1,
        Drop = 2,

        /// <summary>It comes to the chain's end, or returns.</summary>
        Chain = 4,

        /// <summary>It goes on with the rule after a jump.</summary>
        Next = 8,
    }
}
