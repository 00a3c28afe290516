using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>What endpoints that the same policies select have in common in one direction.</summary>
/// <param name="Id">Its name, which stays while the policies change.</param>
/// <param name="Direction">Of the chain.</param>
/// <param name="Policies">Those that select its endpoints, sorted by name, staged ones too.</param>
/// <param name="Enforced">What counts.</param>
/// <param name="Staged">What would count if staged policies were enforced: for counting only. Null: none of the policies is staged.</param>
public sealed record CompiledClass(ClassId Id, Direction Direction, ImmutableArray<PolicyName> Policies, CompiledChain Enforced, CompiledChain? Staged)
{
    public bool Equals(CompiledClass? other) => other is not null && Id == other.Id && Enforced.Equals(other.Enforced) && Equals(Staged, other.Staged);

    public override int GetHashCode() => Id.GetHashCode();
}
