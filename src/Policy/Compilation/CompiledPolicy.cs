using System.Collections.Immutable;

namespace Weft.Policy.Compilation;

/// <summary>Everything that a node's kernel needs to judge as the policies say. Immutable.</summary>
/// <param name="Sets">All sets that rules of the classes name.</param>
/// <param name="Classes">All classes of endpoints on this node, and of the node.</param>
/// <param name="Assignments">Who is in which class. Who is not here is not isolated.</param>
public sealed record CompiledPolicy(
    ImmutableDictionary<SetId, CompiledSet> Sets, ImmutableDictionary<ClassId, CompiledClass> Classes, ImmutableDictionary<ClassTarget, ClassId> Assignments)
{
    public static readonly CompiledPolicy Empty = new(
        ImmutableDictionary<SetId, CompiledSet>.Empty, ImmutableDictionary<ClassId, CompiledClass>.Empty, ImmutableDictionary<ClassTarget, ClassId>.Empty);

    /// <summary>What is there after a change.</summary>
    public CompiledPolicy Apply(PolicyChange change)
    {
        ImmutableDictionary<SetId, CompiledSet>.Builder sets = Sets.ToBuilder();
        sets.RemoveRange(change.SetsRemoved);
        sets.AddRange(change.SetsAdded.Select(set => KeyValuePair.Create(set.Id, set)));
        foreach (IGrouping<SetId, (SetId Set, SetElement Element)> group in change.ElementsRemoved.GroupBy(item => item.Set))
        {
            sets[group.Key] = sets[group.Key] with { Elements = sets[group.Key].Elements.Except(group.Select(item => item.Element)).ToHashSet() };
        }
        foreach (IGrouping<SetId, (SetId Set, SetElement Element)> group in change.ElementsAdded.GroupBy(item => item.Set))
        {
            sets[group.Key] = sets[group.Key] with { Elements = sets[group.Key].Elements.Union(group.Select(item => item.Element)).ToHashSet() };
        }
        return new CompiledPolicy(
            sets.ToImmutable(),
            Classes.RemoveRange(change.ClassesRemoved).SetItems(change.ClassesWritten.Select(item => KeyValuePair.Create(item.Id, item))),
            Assignments.RemoveRange(change.Unassigned).SetItems(change.Assigned));
    }

    /// <summary>The change from these to others, by comparing all of both: for a node that starts. A running one has <see cref="PolicyCompiler.TakeChange"/>.</summary>
    public PolicyChange ChangeTo(CompiledPolicy wanted)
    {
        IEnumerable<(CompiledSet Old, CompiledSet New)> kept = Sets.Values.Where(set => wanted.Sets.ContainsKey(set.Id)).Select(set => (set, wanted.Sets[set.Id]));
        return new PolicyChange
        {
            SetsAdded = [.. wanted.Sets.Values.Where(set => !Sets.ContainsKey(set.Id))],
            SetsRemoved = [.. Sets.Keys.Where(id => !wanted.Sets.ContainsKey(id))],
            ElementsAdded = [.. kept.SelectMany(pair => pair.New.Elements.Except(pair.Old.Elements).Select(element => (pair.New.Id, element)))],
            ElementsRemoved = [.. kept.SelectMany(pair => pair.Old.Elements.Except(pair.New.Elements).Select(element => (pair.Old.Id, element)))],
            ClassesWritten = [.. wanted.Classes.Values.Where(item => !item.Equals(Classes.GetValueOrDefault(item.Id)))],
            ClassesRemoved = [.. Classes.Keys.Where(id => !wanted.Classes.ContainsKey(id))],
            Assigned = [.. wanted.Assignments.Where(pair => !Assignments.TryGetValue(pair.Key, out ClassId old) || old != pair.Value)],
            Unassigned = [.. Assignments.Keys.Where(target => !wanted.Assignments.ContainsKey(target))],
        };
    }
}
