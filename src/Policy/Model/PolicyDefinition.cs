using System.Collections.Immutable;

namespace Weft.Policy.Model;

/// <summary>A policy as it is judged: defaults filled in, selectors and ranges ready.</summary>
/// <param name="Name">Which it is.</param>
/// <param name="Tier">When it is asked.</param>
/// <param name="Priority">Order within Admin and Baseline, lower first; names decide ties. 0 elsewhere.</param>
/// <param name="Subject">Whom it selects.</param>
/// <param name="Ingress">Rules for that direction, or null: it says nothing about it. An empty list isolates and allows nothing.</param>
/// <param name="Egress">As <paramref name="Ingress"/>.</param>
/// <param name="Staged">Judged and counted, not enforced.</param>
/// <param name="Faults">What of the stored object could not be understood and was read as closed.</param>
public sealed record PolicyDefinition(
    PolicyName Name,
    PolicyTier Tier,
    int Priority,
    PolicySubject Subject,
    IReadOnlyList<PolicyRule>? Ingress,
    IReadOnlyList<PolicyRule>? Egress,
    bool Staged,
    ImmutableArray<string> Faults)
{
    public IReadOnlyList<PolicyRule>? Rules(Direction direction) => direction == Direction.Ingress ? Ingress : Egress;

    /// <summary>Order in which policies of one tier are asked.</summary>
    public static readonly Comparer<PolicyDefinition> Order = Comparer<PolicyDefinition>.Create(static (a, b) =>
        a.Tier != b.Tier ? a.Tier.CompareTo(b.Tier)
        : a.Priority != b.Priority ? a.Priority.CompareTo(b.Priority)
        : a.Name.CompareTo(b.Name));
}
