using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>The policies that are about one endpoint or node in one direction, in the order in which they are asked.</summary>
internal sealed record SelectingPolicies(ImmutableArray<PolicyDefinition> Enforced, ImmutableArray<PolicyDefinition> WithStaged)
{
    public static SelectingPolicies Of(IEnumerable<PolicyDefinition> policies)
    {
        ImmutableArray<PolicyDefinition> all = [.. policies.Order(PolicyDefinition.Order)];
        return new SelectingPolicies(all.Any(policy => policy.Staged) ? [.. all.Where(policy => !policy.Staged)] : all, all);
    }

    public bool HasStaged => WithStaged.Length != Enforced.Length;
}
