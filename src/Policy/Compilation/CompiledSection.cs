using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>The rules of one tier, in order.</summary>
public sealed record CompiledSection(PolicyTier Tier, ImmutableArray<CompiledRule> Rules)
{
    public bool Equals(CompiledSection? other) => other is not null && Tier == other.Tier && Rules.AsSpan().SequenceEqual(other.Rules.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Tier, Rules.Length);
}
