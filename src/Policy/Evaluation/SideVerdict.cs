using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>What policies say about one end of a flow.</summary>
/// <param name="Direction">Egress: the source's side. Ingress: the destination's.</param>
/// <param name="Allowed">Whether this side lets it through.</param>
/// <param name="Reason">Why.</param>
/// <param name="Policy">Whose rule decided; for <see cref="VerdictReason.DefaultDeny"/> the first of <paramref name="Isolating"/>.</param>
/// <param name="Tier">Of that policy.</param>
/// <param name="Rule">The rule that decided, or null.</param>
/// <param name="Isolating">The policies that deny what none of their rules matches.</param>
public sealed record SideVerdict(
    Direction Direction, bool Allowed, VerdictReason Reason, PolicyName? Policy, PolicyTier? Tier, PolicyRule? Rule, ImmutableArray<PolicyName> Isolating)
{
    internal static SideVerdict Open(Direction direction, VerdictReason reason) => new(direction, true, reason, null, null, null, []);

    internal static SideVerdict By(Direction direction, PolicyDefinition policy, PolicyRule rule) =>
        new(direction, rule.Action == RuleAction.Allow, VerdictReason.Rule, policy.Name, policy.Tier, rule, []);

    internal static SideVerdict Isolated(Direction direction, PolicyTier tier, ImmutableArray<PolicyName> policies) =>
        new(direction, false, VerdictReason.DefaultDeny, policies[0], tier, null, policies);
}
