namespace Weft.Policy.Compilation;

/// <summary>
/// The difference between two <see cref="CompiledPolicy"/>. One transaction carries it out in this order: sets and elements added, classes written, assignments, classes removed,
/// elements and sets removed. So nobody is ever without the class that is meant for them.
/// </summary>
public sealed record PolicyChange
{
    public static readonly PolicyChange None = new();

    public IReadOnlyList<CompiledSet> SetsAdded { get; init; } = [];

    public IReadOnlyList<SetId> SetsRemoved { get; init; } = [];

    /// <summary>Of sets that were there before.</summary>
    public IReadOnlyList<(SetId Set, SetElement Element)> ElementsAdded { get; init; } = [];

    /// <inheritdoc cref="ElementsAdded"/>
    public IReadOnlyList<(SetId Set, SetElement Element)> ElementsRemoved { get; init; } = [];

    /// <summary>New ones, and those with other rules.</summary>
    public IReadOnlyList<CompiledClass> ClassesWritten { get; init; } = [];

    public IReadOnlyList<ClassId> ClassesRemoved { get; init; } = [];

    public IReadOnlyList<KeyValuePair<ClassTarget, ClassId>> Assigned { get; init; } = [];

    public IReadOnlyList<ClassTarget> Unassigned { get; init; } = [];

    public bool IsEmpty => Size == 0;

    /// <summary>How many things it touches.</summary>
    public int Size => SetsAdded.Count + SetsRemoved.Count + ElementsAdded.Count + ElementsRemoved.Count + ClassesWritten.Count + ClassesRemoved.Count
        + Assigned.Count + Unassigned.Count;
}
