namespace Weft.Policy.Compilation;

/// <summary>Remembers what was there before, for whatever is touched, and tells the difference in the end.</summary>
internal sealed class ChangeRecorder
{
    private readonly Dictionary<SetId, bool> _setExisted = [];
    private readonly Dictionary<(SetId, SetElement), bool> _elementExisted = [];
    private readonly Dictionary<ClassId, CompiledClass?> _classes = [];
    private readonly Dictionary<ClassTarget, ClassId?> _assignments = [];

    public void SetCreated(SetId set) => _setExisted.TryAdd(set, false);

    /// <summary>Before its elements are gone.</summary>
    public void SetRemoved(SetState set)
    {
        if (_setExisted.TryAdd(set.Id, true) || _setExisted[set.Id])
        {
            foreach (SetElement element in set.Elements.Keys)
            {
                _elementExisted.TryAdd((set.Id, element), true);
            }
        }
    }

    public void Element(SetId set, in SetElement element, bool existed)
    {
        // Of a set that was not there before, all elements are told in the end.
        if (!_setExisted.TryGetValue(set, out bool setExisted) || setExisted)
        {
            _elementExisted.TryAdd((set, element), existed);
        }
    }

    public void Class(ClassId id, CompiledClass? before) => _classes.TryAdd(id, before);

    public void Assignment(in ClassTarget target, ClassId? before) => _assignments.TryAdd(target, before);

    public PolicyChange Take(
        IReadOnlyDictionary<SetId, SetState> sets, IReadOnlyDictionary<ClassId, ClassState> classes, IReadOnlyDictionary<ClassTarget, ClassId> assignments)
    {
        List<CompiledSet> added = [];
        List<SetId> removed = [];
        foreach ((SetId id, bool existed) in _setExisted)
        {
            if (sets.TryGetValue(id, out SetState? set))
            {
                if (!existed)
                {
                    added.Add(Compiled(set));
                }
            }
            else if (existed)
            {
                removed.Add(id);
            }
        }
        List<(SetId, SetElement)> elementsAdded = [], elementsRemoved = [];
        foreach (((SetId id, SetElement element), bool existed) in _elementExisted)
        {
            if (sets.TryGetValue(id, out SetState? set) && set.Elements.ContainsKey(element) != existed)
            {
                (existed ? elementsRemoved : elementsAdded).Add((id, element));
            }
        }
        var change = new PolicyChange
        {
            SetsAdded = added,
            SetsRemoved = removed,
            ElementsAdded = elementsAdded,
            ElementsRemoved = elementsRemoved,
            ClassesWritten = [.. _classes.Where(pair => classes.TryGetValue(pair.Key, out ClassState? now) && !now.Compiled!.Equals(pair.Value)).Select(pair => classes[pair.Key].Compiled!)],
            ClassesRemoved = [.. _classes.Where(pair => pair.Value is not null && !classes.ContainsKey(pair.Key)).Select(pair => pair.Key)],
            Assigned = [.. _assignments.Where(pair => assignments.TryGetValue(pair.Key, out ClassId now) && now != pair.Value).Select(pair => KeyValuePair.Create(pair.Key, assignments[pair.Key]))],
            Unassigned = [.. _assignments.Where(pair => pair.Value is not null && !assignments.ContainsKey(pair.Key)).Select(pair => pair.Key)],
        };
        _setExisted.Clear();
        _elementExisted.Clear();
        _classes.Clear();
        _assignments.Clear();
        return change;
    }

    public static CompiledSet Compiled(SetState set) => new(set.Id, set.Source, set.Elements.Keys.ToHashSet());
}
