using System.Text;
using Weft.Dataplane.Nftables.Operations;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// Queues changes to one table. "Create" fails at commit when the object exists, "Ensure" does not; "Delete" fails when it is
/// missing, "Destroy" does not (Linux 6.3). No method throws: what cannot be right is reported at commit.
/// </summary>
public sealed class NftTableChanges
{
    private const int LongestName = 255;        // NFT_NAME_MAXLEN less the final zero

    private readonly NftTransaction _transaction;
    private readonly NftTable _table;

    internal NftTableChanges(NftTransaction transaction, NftTable table)
    {
        _transaction = transaction;
        _table = table;
        CheckName("table", table.Name);
    }

    /// <summary>Makes the table.</summary>
    public void Create() => Add(new TableOperation(_table, OperationVerb.Create));

    /// <summary>Makes the table unless it exists. On an orphaned table, the owner flag adopts it.</summary>
    public void Ensure() => Add(new TableOperation(_table, OperationVerb.Ensure));

    /// <summary>Removes the table with all in it.</summary>
    public void Delete() => Add(new TableOperation(_table, OperationVerb.Delete));

    /// <summary>Removes the table with all in it, if it exists.</summary>
    public void Destroy() => Add(new TableOperation(_table, OperationVerb.Destroy));

    /// <summary>Removes the rules of all chains; chains and sets stay.</summary>
    public void Flush() => Add(new RuleDeletion(_table, null, 0));

    /// <summary>Makes a chain.</summary>
    public void Create(NftChain chain) => Add(chain, OperationVerb.Create);

    /// <summary>Makes a chain unless it exists; the policy of a base chain is set anyhow.</summary>
    public void Ensure(NftChain chain) => Add(chain, OperationVerb.Ensure);

    /// <summary>Removes a chain and its rules. Nothing may jump to it any more.</summary>
    public void DeleteChain(string chain) => Add(new NftChain(chain), OperationVerb.Delete);

    /// <summary>Removes a chain and its rules, if it exists.</summary>
    public void DestroyChain(string chain) => Add(new NftChain(chain), OperationVerb.Destroy);

    /// <summary>Removes the rules of a chain.</summary>
    public void FlushChain(string chain) => Add(new NftChain(chain), OperationVerb.Flush);

    /// <summary>Makes a set or map.</summary>
    public void Create(NftSet set) => Add(set, OperationVerb.Create);

    /// <summary>Makes a set or map unless it exists.</summary>
    public void Ensure(NftSet set) => Add(set, OperationVerb.Ensure);

    /// <summary>Removes a set or map. No rule may use it any more.</summary>
    public void Delete(NftSet set) => Add(set, OperationVerb.Delete);

    /// <summary>Removes a set or map, if it exists.</summary>
    public void Destroy(NftSet set) => Add(set, OperationVerb.Destroy);

    /// <summary>Removes all elements.</summary>
    public void Flush(NftSet set) => Add(set, OperationVerb.Flush);

    /// <summary>Adds elements; those that are there already, equal, stay. The list is read at commit.</summary>
    public void AddElements(NftSet set, IReadOnlyList<NftElement> elements) => Add(set, elements, OperationVerb.Ensure);

    /// <summary>Adds elements; those that are there already, equal, stay.</summary>
    public void AddElements(NftSet set, params ReadOnlySpan<NftElement> elements) => Add(set, elements.ToArray(), OperationVerb.Ensure);

    /// <summary>Adds elements, none of which may be there already.</summary>
    public void CreateElements(NftSet set, IReadOnlyList<NftElement> elements) => Add(set, elements, OperationVerb.Create);

    /// <summary>Removes elements, all of which must be there. What a map holds for them need not be given.</summary>
    public void DeleteElements(NftSet set, IReadOnlyList<NftElement> elements) => Add(set, elements, OperationVerb.Delete);

    /// <summary>Removes elements, all of which must be there.</summary>
    public void DeleteElements(NftSet set, params ReadOnlySpan<NftElement> elements) => Add(set, elements.ToArray(), OperationVerb.Delete);

    /// <summary>Removes those of the elements that are there (Linux 6.3).</summary>
    public void DestroyElements(NftSet set, IReadOnlyList<NftElement> elements) => Add(set, elements, OperationVerb.Destroy);

    /// <summary>Adds a rule at the end of a chain.</summary>
    public void Append(string chain, NftRule rule) => Add(chain, rule, append: true, 0);

    /// <summary>Adds a rule at the end of a chain.</summary>
    public void Append(string chain, string? comment, params ReadOnlySpan<NftStatement> statements)
    {
        try
        {
            Add(chain, new NftRule(comment, statements), append: true, 0);
        }
        catch (ArgumentException e)
        {
            _transaction.Fail(e);
        }
    }

    /// <summary>Adds a rule at the beginning of a chain, or before the rule with a handle.</summary>
    public void Insert(string chain, NftRule rule, ulong before = 0) => Add(chain, rule, append: false, before);

    /// <summary>Adds a rule behind the rule with a handle.</summary>
    public void InsertAfter(string chain, NftRule rule, ulong handle) => Add(chain, rule, append: true, handle);

    /// <summary>Removes a rule.</summary>
    public void DeleteRule(string chain, ulong handle) => Add(new RuleDeletion(_table, chain, handle));

    /// <summary>Makes a named counter unless it exists.</summary>
    public void EnsureCounter(string name)
    {
        CheckName("counter", name);
        Add(new CounterOperation(_table, name, OperationVerb.Ensure));
    }

    /// <summary>Removes a named counter. No rule may use it any more.</summary>
    public void DeleteCounter(string name) => Add(new CounterOperation(_table, name, OperationVerb.Delete));

    private void Add(NftOperation operation) => _transaction.Add(operation);

    private void Add(NftChain chain, OperationVerb verb)
    {
        CheckName("chain", chain.Name);
        Add(new ChainOperation(_table, chain, verb));
    }

    private void Add(NftSet set, OperationVerb verb)
    {
        CheckName(set.Kind, set.Name);
        if (verb.IsNew() && set.Timeout > TimeSpan.Zero && (set.Flags & NftSetFlags.Timeout) == 0)
        {
            _transaction.Fail(new ArgumentException($"the {set.Kind} {set.Name} has a timeout but not the timeout flag"));
        }
        Add(new SetOperation(_table, set, verb));
    }

    private void Add(NftSet set, IReadOnlyList<NftElement> elements, OperationVerb verb)
    {
        if (elements.Count == 0)
        {
            return;
        }
        foreach (NftElement element in elements)
        {
            if (Mistake(set, element, verb) is { } mistake)
            {
                _transaction.Fail(new ArgumentException($"{set.Kind} {_table} {set.Name}: {mistake}"));
                break;
            }
        }
        Add(new ElementOperation(_table, set, elements, verb));
    }

    private void Add(string chain, NftRule rule, bool append, ulong position)
    {
        CheckName("chain", chain);
        try
        {
            _ = rule.Hash(_table.Family);       // writes the rule once, so that what cannot be written is found now
        }
        catch (ArgumentException e)
        {
            _transaction.Fail(e);
        }
        Add(new RuleOperation(_table, chain, rule, append, position));
    }

    private static string? Mistake(NftSet set, in NftElement element, OperationVerb verb)
    {
        if (element.Key.Length != set.Key.Length)
        {
            return $"a key of {element.Key.Length} bytes ({element.Key}) where {set.Key} has {set.Key.Length}";
        }
        if (!element.End.IsNone && (!set.IsInterval || element.End.Length != set.Key.Length))
        {
            return $"{element.Key} to {element.End} is a range, and the set holds none of that kind";
        }
        if (element.Comment is { Length: > 0 } comment && Encoding.UTF8.GetByteCount(comment) > 127)
        {
            return $"the comment \"{comment}\" is longer than 127 bytes";
        }
        if (!verb.IsNew())
        {
            return null;
        }
        bool wantsVerdict = set.IsVerdictMap;
        int dataLength = set.Data is null || wantsVerdict ? 0 : set.Data.Length;
        return element.Data.Length != dataLength || (element.Verdict is not null) != wantsVerdict
            ? $"{set.Key.Format(element.Key)} does not hold the {(set.Data is null ? "nothing" : set.Data)} that the {set.Kind} maps to"
            : null;
    }

    private void CheckName(string kind, string name)
    {
        if (string.IsNullOrEmpty(name) || Encoding.UTF8.GetByteCount(name) > LongestName || name.Contains('\0', StringComparison.Ordinal))
        {
            _transaction.Fail(new ArgumentException($"\"{name}\" is not a {kind}'s name: those have 1 to {LongestName} bytes"));
        }
    }
}
