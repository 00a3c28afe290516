using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>What decides about one direction of a class.</summary>
/// <param name="Sections">In order; Pass leaves one for the next, behind the last comes the end.</param>
/// <param name="DeniedBy">What the end denies for: the policies that isolate. Empty: the end allows.</param>
public sealed record CompiledChain(ImmutableArray<CompiledSection> Sections, ImmutableArray<PolicyName> DeniedBy)
{
    public bool EndAllows => DeniedBy.IsEmpty;

    public bool Equals(CompiledChain? other) =>
        other is not null && Sections.AsSpan().SequenceEqual(other.Sections.AsSpan()) && DeniedBy.AsSpan().SequenceEqual(other.DeniedBy.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Sections.Length, DeniedBy.Length);

    public override string ToString() => string.Join('\n', Sections.SelectMany(section => section.Rules.Select(rule => $"{section.Tier}: {rule}"))
        .Append(EndAllows ? "end: allow" : $"end: deny ({string.Join(", ", DeniedBy)})"));
}
