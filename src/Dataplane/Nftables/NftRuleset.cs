namespace Weft.Dataplane.Nftables;

/// <summary>
/// What a table should be: its chains with their rules in order, and its sets with their elements. What is not in it is not to be in
/// the kernel's table either. Filled once, then read. Not thread-safe while filled.
/// </summary>
public sealed class NftRuleset
{
    private readonly Dictionary<string, NftChain> _chains = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NftRule>> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NftSet> _sets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NftElement>> _elements = new(StringComparer.Ordinal);

    /// <summary>An empty table.</summary>
    public NftRuleset(NftTable table) => Table = table;

    /// <summary>The table: family, name and flags.</summary>
    public NftTable Table { get; }

    /// <summary>Its chains, in the order they were added.</summary>
    public IReadOnlyCollection<NftChain> Chains => _chains.Values;

    /// <summary>Its sets and maps, in the order they were added.</summary>
    public IReadOnlyCollection<NftSet> Sets => _sets.Values;

    /// <summary>Names of its counters.</summary>
    public HashSet<string> Counters { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a chain with its rules.</summary>
    /// <exception cref="ArgumentException">There is a chain of that name already.</exception>
    public NftRuleset Add(NftChain chain, params ReadOnlySpan<NftRule> rules)
    {
        ArgumentNullException.ThrowIfNull(chain);
        _chains.Add(chain.Name, chain);
        _rules.Add(chain.Name, [.. rules]);
        return this;
    }

    /// <summary>Adds a rule at the end of a chain of this ruleset.</summary>
    /// <exception cref="KeyNotFoundException">There is no such chain.</exception>
    public NftRuleset Append(string chain, NftRule rule)
    {
        _rules[chain].Add(rule);
        return this;
    }

    /// <summary>
    /// Adds a set with its elements. Elements of a set with the flag dynamic are left to the rules that add them.
    /// </summary>
    /// <exception cref="ArgumentException">There is a set of that name already.</exception>
    public NftRuleset Add(NftSet set, IEnumerable<NftElement>? elements = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        _sets.Add(set.Name, set);
        _elements.Add(set.Name, elements is null ? [] : [.. elements]);
        return this;
    }

    /// <summary>Adds elements to a set of this ruleset.</summary>
    /// <exception cref="KeyNotFoundException">There is no such set.</exception>
    public NftRuleset AddElements(NftSet set, params ReadOnlySpan<NftElement> elements)
    {
        ArgumentNullException.ThrowIfNull(set);
        _elements[set.Name].AddRange(elements);
        return this;
    }

    /// <summary>The rules of a chain, in order.</summary>
    public IReadOnlyList<NftRule> RulesOf(string chain) => _rules[chain];

    /// <summary>The elements of a set.</summary>
    public IReadOnlyList<NftElement> ElementsOf(string set) => _elements[set];

    /// <summary>The chain of that name, or null.</summary>
    public NftChain? FindChain(string name) => _chains.GetValueOrDefault(name);

    /// <summary>The set of that name, or null.</summary>
    public NftSet? FindSet(string name) => _sets.GetValueOrDefault(name);

    /// <summary>What makes this table where there is none, in nft syntax.</summary>
    public override string ToString() => NftDiff.Compute(this, null).ToString();
}
