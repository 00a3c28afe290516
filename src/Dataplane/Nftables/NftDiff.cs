namespace Weft.Dataplane.Nftables;

/// <summary>What has to change for a table to be as it should be. Pure: it reads two values and makes a third.</summary>
public static class NftDiff
{
    /// <summary>
    /// The transaction that turns <paramref name="actual"/> into <paramref name="wanted"/>; empty when they are equal. Elements are
    /// added and deleted one by one; a chain whose rules differ is flushed and filled again; a set or chain whose definition differs is
    /// removed and made again. All of it happens in one step of the kernel's, so no packet sees a table half done.
    /// </summary>
    /// <remarks>
    /// A table that is to be owned and was left behind by its owner is adopted. One whose persist flag differs, which cannot be changed,
    /// is deleted and made again.
    /// </remarks>
    /// <param name="wanted">The table as it should be, with the flags that <see cref="NftSocket.Protect"/> gives.</param>
    /// <param name="actual">The table as it is, with the elements of all sets; null when there is none.</param>
    /// <param name="keepsElements">Sets of which elements stay that are not wanted; null: none stays.</param>
    public static NftTransaction Compute(NftRuleset wanted, NftTableState? actual, Func<NftSet, bool>? keepsElements = null)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var transaction = new NftTransaction();
        NftTableChanges changes = transaction.In(wanted.Table);
        if (actual is not null && ((actual.Table.Flags ^ wanted.Table.Flags) & NftTableFlags.Persist) != 0)
        {
            changes.Delete();
            actual = null;
        }
        new Comparison(wanted, actual, changes, keepsElements).Run();
        return transaction;
    }

    private sealed class Comparison
    {
        private readonly NftRuleset _wanted;
        private readonly NftTableState? _actual;
        private readonly NftTableChanges _changes;
        private readonly NftFamily _family;
        private readonly Func<NftSet, bool>? _keepsElements;
        private readonly Dictionary<string, NftChain> _chains;
        private readonly Dictionary<string, NftSetState> _sets;
        private readonly Dictionary<string, List<NftRuleInfo>> _rules = new(StringComparer.Ordinal);
        private readonly HashSet<string> _remakeSets = new(StringComparer.Ordinal);
        private readonly HashSet<string> _remakeChains = new(StringComparer.Ordinal);

        public Comparison(NftRuleset wanted, NftTableState? actual, NftTableChanges changes, Func<NftSet, bool>? keepsElements)
        {
            _keepsElements = keepsElements;
            (_wanted, _actual, _changes) = (wanted, actual, changes);
            _family = wanted.Table.Family;
            _chains = (actual?.Chains ?? []).ToDictionary(static chain => chain.Name, StringComparer.Ordinal);
            _sets = (actual?.Sets ?? []).ToDictionary(static set => set.Info.Name, StringComparer.Ordinal);
            foreach (NftRuleInfo rule in actual?.Rules ?? [])
            {
                if (!_rules.TryGetValue(rule.Chain, out List<NftRuleInfo>? list))
                {
                    _rules.Add(rule.Chain, list = []);
                }
                list.Add(rule);
            }
        }

        public void Run()
        {
            if (_actual is null || _actual.Table.Flags != _wanted.Table.Flags)
            {
                _changes.Ensure();
            }
            FindWhatIsRemade();
            HashSet<string> refill = FindChainsToRefill();

            // What refers to something goes before it, and comes after it.
            foreach (string chain in _chains.Keys)
            {
                if (_rules.ContainsKey(chain) && (refill.Contains(chain) || IsGone(chain)))
                {
                    _changes.FlushChain(chain);
                }
            }
            var additions = new List<(NftSet Set, List<NftElement> Elements)>();
            foreach (NftSet set in _wanted.Sets)
            {
                CompareElements(set, additions);
            }
            foreach (NftSetState set in _sets.Values)
            {
                if (_remakeSets.Contains(set.Info.Name) || _wanted.FindSet(set.Info.Name) is null)
                {
                    _changes.Delete(set.Info.Set ?? new NftSet(set.Info.Name, NftDataType.Integer));
                }
            }
            foreach (string chain in _chains.Keys)
            {
                if (IsGone(chain))
                {
                    _changes.DeleteChain(chain);
                }
            }
            Counters();
            Definitions();
            foreach ((NftSet set, List<NftElement> elements) in additions)
            {
                _changes.AddElements(set, elements);
            }
            foreach (NftChain chain in _wanted.Chains)
            {
                if (refill.Contains(chain.Name))
                {
                    foreach (NftRule rule in _wanted.RulesOf(chain.Name))
                    {
                        _changes.Append(chain.Name, rule);
                    }
                }
            }
        }

        private bool IsGone(string chain) => _remakeChains.Contains(chain) || _wanted.FindChain(chain) is null;

        private void FindWhatIsRemade()
        {
            foreach (NftSet set in _wanted.Sets)
            {
                if (_sets.TryGetValue(set.Name, out NftSetState? found) && !set.Equals(found.Info.Set))
                {
                    _remakeSets.Add(set.Name);
                }
            }
            foreach (NftChain chain in _wanted.Chains)
            {
                // A policy alone can be changed in place.
                if (_chains.TryGetValue(chain.Name, out NftChain? found) && !SamePlace(chain.Base, found.Base))
                {
                    _remakeChains.Add(chain.Name);
                }
            }
        }

        private static bool SamePlace(NftBase? left, NftBase? right) =>
            left is null ? right is null : right is not null && left with { DropByDefault = false } == right with { DropByDefault = false };

        private HashSet<string> FindChainsToRefill()
        {
            var refill = new HashSet<string>(StringComparer.Ordinal);
            foreach (NftChain chain in _wanted.Chains)
            {
                IReadOnlyList<NftRule> rules = _wanted.RulesOf(chain.Name);
                List<NftRuleInfo> found = _rules.GetValueOrDefault(chain.Name) ?? [];
                if (_remakeChains.Contains(chain.Name) || !_chains.ContainsKey(chain.Name) || !SameRules(rules, found) || UsesRemade(rules))
                {
                    refill.Add(chain.Name);
                }
            }
            return refill;
        }

        private bool SameRules(IReadOnlyList<NftRule> wanted, List<NftRuleInfo> found)
        {
            if (wanted.Count != found.Count)
            {
                return false;
            }
            for (int i = 0; i < found.Count; i++)
            {
                if (wanted[i].Mark(_family) != found[i].Comment)
                {
                    return false;
                }
            }
            return true;
        }

        private bool UsesRemade(IReadOnlyList<NftRule> rules)
        {
            if (_remakeSets.Count == 0 && _remakeChains.Count == 0)
            {
                return false;
            }
            foreach (NftRule rule in rules)
            {
                if (rule.References(_remakeSets.Contains))
                {
                    return true;
                }
                foreach (NftStatement statement in rule.Statements)
                {
                    if (statement.ReferencedChain is { } chain && _remakeChains.Contains(chain))
                    {
                        return true;
                    }
                }
            }
            return false;
        }

        /// <summary>Deletes what is too much now, and keeps for later what is to be added.</summary>
        private void CompareElements(NftSet set, List<(NftSet Set, List<NftElement> Elements)> additions)
        {
            IReadOnlyList<NftElement> wanted = _wanted.ElementsOf(set.Name);
            if (!_sets.TryGetValue(set.Name, out NftSetState? state) || _remakeSets.Contains(set.Name))
            {
                if (wanted.Count > 0)
                {
                    additions.Add((set, [.. wanted]));
                }
                return;
            }
            if ((set.Flags & NftSetFlags.Dynamic) != 0 || state.Elements is null)
            {
                return;
            }
            var missing = new Dictionary<(NftValue First, NftValue Last), NftElement>(wanted.Count);
            foreach (NftElement element in wanted)
            {
                missing[(element.Key, element.Last)] = element;
            }
            var surplus = new List<NftElement>();
            foreach (NftElement element in state.Elements)
            {
                if (missing.TryGetValue((element.Key, element.Last), out NftElement same) && same.IsSameAs(element) && !JumpsToRemade(element))
                {
                    missing.Remove((element.Key, element.Last));
                }
                else
                {
                    surplus.Add(element);
                }
            }
            if (_keepsElements?.Invoke(set) != true)
            {
                _changes.DeleteElements(set, surplus);
            }
            if (missing.Count > 0)
            {
                additions.Add((set, [.. missing.Values]));
            }
        }

        private bool JumpsToRemade(in NftElement element) => element.Verdict?.Chain is { } chain && _remakeChains.Contains(chain);

        private void Counters()
        {
            foreach (string name in _actual?.Counters ?? [])
            {
                if (!_wanted.Counters.Contains(name))
                {
                    _changes.DeleteCounter(name);
                }
            }
            foreach (string name in _wanted.Counters)
            {
                if (_actual is null || !_actual.Counters.Contains(name))
                {
                    _changes.EnsureCounter(name);
                }
            }
        }

        private void Definitions()
        {
            foreach (NftSet set in _wanted.Sets)
            {
                if (!_sets.ContainsKey(set.Name) || _remakeSets.Contains(set.Name))
                {
                    _changes.Ensure(set);
                }
            }
            foreach (NftChain chain in _wanted.Chains)
            {
                if (!_chains.TryGetValue(chain.Name, out NftChain? found) || found != chain)
                {
                    _changes.Ensure(chain);
                }
            }
        }
    }
}
