namespace Weft.Policy.Compilation;

/// <summary>A set with all of its elements.</summary>
public sealed record CompiledSet(SetId Id, SetSource Source, IReadOnlySet<SetElement> Elements);
