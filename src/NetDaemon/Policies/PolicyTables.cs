using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Kernel;
using Weft.Policy.Compilation;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// Policy in table inet weft: all of it as it should be, for a look at everything, or what one step changes. Remembers what is in the kernel; what it queues counts once
/// <see cref="Committed"/> is told. Not thread-safe.
/// </summary>
internal sealed class PolicyTables(bool ownNodeAlwaysReachable)
{
    private readonly ClassNumbers _numbers = new();
    private readonly List<Action> _onCommit = [];
    private Dictionary<ClassId, Written> _classes = [];
    private Dictionary<ClassTarget, uint> _assigned = [];       // of addresses
    private Dictionary<Direction, ClassId> _ofNode = [];
    private Dictionary<string, int> _counterUses = [];          // names: how many classes count in it
    private Dictionary<SetId, SetSource> _sets = [];
    private bool _hasInput;

    /// <summary>Adds all of policy to the table as it should be. <see cref="Committed"/> is to be told when it is.</summary>
    /// <param name="rules">The table without policy.</param>
    /// <param name="state">Policy.</param>
    /// <param name="overlayPorts">UDP ports of the overlays.</param>
    /// <param name="actual">The table as it is.</param>
    public void AddTo(NftRuleset rules, PolicyState state, IReadOnlyCollection<ushort> overlayPorts, NftTableState? actual)
    {
        _numbers.Adopt(actual);
        Dictionary<ClassId, Written> classes = [];
        Dictionary<ClassTarget, uint> assigned = [];
        Dictionary<Direction, ClassId> ofNode = [];
        Dictionary<string, int> counters = [];
        PolicyRules.AddTo(rules, ownNodeAlwaysReachable);
        foreach (CompiledSet set in state.Compiled.Sets.Values)
        {
            foreach (AddressFamily family in PolicySets.Families)
            {
                rules.Add(PolicySets.Of(set.Id, set.Source, family), PolicySets.Elements(set.Elements, family));
            }
        }
        foreach (CompiledClass item in state.Compiled.Classes.Values)
        {
            Written written = Write(item);
            foreach ((NftChain chain, IReadOnlyList<NftRule> chainRules) in PolicyChains.Of(item))
            {
                rules.Add(chain, [.. chainRules]);
            }
            rules.AddElements(PolicySets.Verdicts, PolicySets.VerdictOf(written.Number, item.Id.Text));
            classes.Add(item.Id, written);
            foreach (string counter in written.Counters)
            {
                counters[counter] = counters.GetValueOrDefault(counter) + 1;
                rules.Counters.Add(counter);
            }
        }
        foreach ((ClassTarget target, ClassId id) in state.Compiled.Assignments)
        {
            if (target.Address is null)
            {
                ofNode[target.Direction] = id;
            }
            else
            {
                assigned[target] = classes[id].Number;
            }
        }
        foreach (IPAddress address in state.Isolated)
        {
            assigned[new ClassTarget(Direction.Egress, address)] = ClassNumbers.Pending;
            assigned[new ClassTarget(Direction.Ingress, address)] = ClassNumbers.Pending;
        }
        foreach ((ClassTarget target, uint number) in assigned)
        {
            rules.AddElements(PolicySets.Assigned(target.Direction, target.Address!.AddressFamily), PolicySets.Assignment(target.Address, number));
        }
        bool hasInput = ofNode.ContainsKey(Direction.Ingress) || assigned.Keys.Any(target => target.Direction == Direction.Egress);
        if (hasInput)
        {
            rules.Add(PolicyRules.Input, [.. PolicyRules.InputRules(ofNode.TryGetValue(Direction.Ingress, out ClassId ingress) ? ingress.Text : null, overlayPorts)]);
        }
        if (ofNode.TryGetValue(Direction.Egress, out ClassId egress))
        {
            rules.Add(PolicyRules.NodeOutput, [.. PolicyRules.NodeOutputRules(egress.Text, overlayPorts)]);
        }
        Dictionary<SetId, SetSource> sets = state.Compiled.Sets.ToDictionary(pair => pair.Key, pair => pair.Value.Source);
        _onCommit.Clear();
        _onCommit.Add(() =>
        {
            foreach (ClassId gone in _classes.Keys.Where(id => !classes.ContainsKey(id)))
            {
                _numbers.Release(gone);
            }
            (_classes, _assigned, _ofNode, _counterUses, _sets, _hasInput) = (classes, assigned, ofNode, counters, sets, hasInput);
        });
    }

    /// <summary>Queues one step: what is added, then who is in which class, then what goes. <see cref="Committed"/> is to be told when it is in force.</summary>
    public void Queue(NftTransaction transaction, PolicyStep step)
    {
        _onCommit.Clear();
        NftTableChanges table = transaction.In(RoutedRules.Table);
        PolicyChange change = step.Change;
        QueueSets(table, change);
        Dictionary<string, int> counters = QueueClasses(table, change);
        QueueAssignments(table, step);
        foreach (ClassId id in change.ClassesRemoved)
        {
            Written gone = _classes[id];
            table.DeleteElements(PolicySets.Verdicts, PolicySets.VerdictOf(gone.Number, id.Text));
            foreach (string chain in gone.Chains)
            {
                table.FlushChain(chain);
            }
            foreach (string chain in gone.Chains)
            {
                table.DeleteChain(chain);
            }
            _onCommit.Add(() =>
            {
                _classes.Remove(id);
                _numbers.Release(id);
            });
        }
        foreach ((string counter, int uses) in counters)
        {
            if (uses <= 0)
            {
                table.DeleteCounter(counter);
            }
            _onCommit.Add(uses <= 0 ? () => _counterUses.Remove(counter) : () => _counterUses[counter] = uses);
        }
        foreach (SetId id in change.SetsRemoved)
        {
            foreach (AddressFamily family in PolicySets.Families)
            {
                table.Delete(PolicySets.Of(id, _sets[id], family));
            }
            _onCommit.Add(() => _sets.Remove(id));
        }
    }

    /// <summary>What was queued last is in force.</summary>
    public void Committed()
    {
        _onCommit.ForEach(action => action());
        _onCommit.Clear();
    }

    private void QueueSets(NftTableChanges table, PolicyChange change)
    {
        foreach (CompiledSet set in change.SetsAdded)
        {
            foreach (AddressFamily family in PolicySets.Families)
            {
                NftSet made = PolicySets.Of(set.Id, set.Source, family);
                table.Create(made);
                table.AddElements(made, PolicySets.Elements(set.Elements, family));
            }
            _onCommit.Add(() => _sets[set.Id] = set.Source);
        }
        // Before others come, for ranges must not overlap. A packet sees the table before or after all of this.
        QueueElements(table, change.ElementsRemoved, static (table, set, elements) => table.DeleteElements(set, elements));
        QueueElements(table, change.ElementsAdded, static (table, set, elements) => table.AddElements(set, elements));
    }

    private void QueueElements(
        NftTableChanges table, IReadOnlyList<(SetId Set, SetElement Element)> elements, Action<NftTableChanges, NftSet, IReadOnlyList<NftElement>> queue)
    {
        foreach (IGrouping<(SetId Set, AddressFamily Family), SetElement> group in elements.GroupBy(e => (e.Set, e.Element.Address.AddressFamily), e => e.Element))
        {
            queue(table, PolicySets.Of(group.Key.Set, _sets[group.Key.Set], group.Key.Family), [.. group.Select(PolicySets.Element)]);
        }
    }

    /// <returns>The counters whose number of uses changes.</returns>
    private Dictionary<string, int> QueueClasses(NftTableChanges table, PolicyChange change)
    {
        Dictionary<string, int> counters = [];
        void Count(IEnumerable<string> names, int by)
        {
            foreach (string name in names)
            {
                counters[name] = counters.GetValueOrDefault(name, _counterUses.GetValueOrDefault(name)) + by;
            }
        }
        List<string> leftover = [];
        foreach (CompiledClass item in change.ClassesWritten)
        {
            Written written = Write(item);
            Written? before = _classes.GetValueOrDefault(item.Id);
            IReadOnlyList<(NftChain Chain, IReadOnlyList<NftRule> Rules)> chains = PolicyChains.Of(item);
            foreach (string counter in written.Counters)
            {
                table.EnsureCounter(counter);
            }
            foreach ((NftChain chain, _) in chains)
            {
                table.Ensure(chain);
            }
            foreach (string chain in before?.Chains ?? [])
            {
                table.FlushChain(chain);
            }
            foreach ((NftChain chain, IReadOnlyList<NftRule> rules) in chains)
            {
                foreach (NftRule rule in rules)
                {
                    table.Append(chain.Name, rule);
                }
            }
            leftover.AddRange(before?.Chains.Except(written.Chains) ?? []);
            if (before is null)
            {
                table.AddElements(PolicySets.Verdicts, PolicySets.VerdictOf(written.Number, item.Id.Text));
            }
            Count(written.Counters, 1);
            Count(before?.Counters ?? [], -1);
            _onCommit.Add(() => _classes[item.Id] = written);
        }
        leftover.ForEach(table.DeleteChain);
        foreach (ClassId id in change.ClassesRemoved)
        {
            Count(_classes[id].Counters, -1);
        }
        return counters;
    }

    private void QueueAssignments(NftTableChanges table, PolicyStep step)
    {
        Dictionary<ClassTarget, uint> wanted = [];      // 0: in no class
        foreach (IPAddress address in step.Released)
        {
            wanted[new ClassTarget(Direction.Egress, address)] = wanted[new ClassTarget(Direction.Ingress, address)] = 0;
        }
        foreach (ClassTarget target in step.Change.Unassigned)
        {
            wanted[target] = 0;
        }
        foreach ((ClassTarget target, ClassId id) in step.Change.Assigned)
        {
            wanted[target] = _numbers.Of(id);
        }
        foreach (IPAddress address in step.Isolated)
        {
            wanted[new ClassTarget(Direction.Egress, address)] = wanted[new ClassTarget(Direction.Ingress, address)] = ClassNumbers.Pending;
        }
        foreach (IGrouping<(Direction Direction, AddressFamily), KeyValuePair<ClassTarget, uint>> group in wanted
            .Where(pair => _assigned.GetValueOrDefault(pair.Key) != pair.Value).GroupBy(pair => (pair.Key.Direction, pair.Key.Address!.AddressFamily)))
        {
            NftSet map = PolicySets.Assigned(group.Key.Direction, group.Key.Item2);
            table.DeleteElements(map, [.. group.Where(pair => _assigned.ContainsKey(pair.Key)).Select(pair => (NftElement)NftValue.Address(pair.Key.Address!))]);
            table.AddElements(map, [.. group.Where(pair => pair.Value != 0).Select(pair => PolicySets.Assignment(pair.Key.Address!, pair.Value))]);
            foreach ((ClassTarget target, uint number) in group)
            {
                _onCommit.Add(number == 0 ? () => _assigned.Remove(target) : () => _assigned[target] = number);
            }
        }
        if (!_hasInput && wanted.Any(pair => pair.Key.Direction == Direction.Egress && pair.Value != 0))
        {
            table.Ensure(PolicyRules.Input);
            foreach (NftRule rule in PolicyRules.InputRules(null, []))
            {
                table.Append(PolicyRules.Input.Name, rule);
            }
            _onCommit.Add(() => _hasInput = true);
        }
    }

    private Written Write(CompiledClass item) =>
        new(_numbers.Of(item.Id), [.. PolicyChains.Of(item).Select(chain => chain.Chain.Name)], [.. PolicyChains.CountersOf(item)]);

    private sealed record Written(uint Number, string[] Chains, string[] Counters);
}
