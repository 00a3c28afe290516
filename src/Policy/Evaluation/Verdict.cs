namespace Weft.Policy.Evaluation;

/// <summary>What policies say about a flow: both sides must let it through.</summary>
/// <param name="Egress">The source's side.</param>
/// <param name="Ingress">The destination's side.</param>
/// <param name="StagedEgress">The source's side if staged policies were enforced, or null: none is about it.</param>
/// <param name="StagedIngress">The same of the destination's.</param>
public sealed record Verdict(SideVerdict Egress, SideVerdict Ingress, SideVerdict? StagedEgress, SideVerdict? StagedIngress)
{
    public bool Allowed => Egress.Allowed && Ingress.Allowed;

    /// <summary>Whether it would be allowed if staged policies were enforced.</summary>
    public bool StagedAllowed => (StagedEgress ?? Egress).Allowed && (StagedIngress ?? Ingress).Allowed;
}
