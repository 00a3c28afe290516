using System.Collections.Immutable;

namespace Weft.Policy.Evaluation;

/// <summary>Puts verdicts into words.</summary>
public sealed class PolicyExplainer(PolicyEvaluator evaluator)
{
    public Explanation Explain(Flow flow)
    {
        Verdict verdict = evaluator.Evaluate(flow);
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        AddSide(lines, verdict.Egress, flow, staged: false);
        AddSide(lines, verdict.Ingress, flow, staged: false);
        if (verdict.StagedEgress is { } egress)
        {
            AddSide(lines, egress, flow, staged: true);
        }
        if (verdict.StagedIngress is { } ingress)
        {
            AddSide(lines, ingress, flow, staged: true);
        }
        AddNotes(lines, flow);
        return new Explanation(flow, verdict, lines.DrainToImmutable());
    }

    /// <summary>One side's reason, without what came close.</summary>
    public static string Reason(SideVerdict side) => side.Reason switch
    {
        VerdictReason.NoSide => "no policy is about this end",
        VerdictReason.Itself => "both ends are the same",
        VerdictReason.OwnNode => "a pod's own node is exempt",
        VerdictReason.FailSafe => "a fail-safe port of the node",
        VerdictReason.NotIsolated => "no policy decides",
        VerdictReason.DefaultDeny => $"no rule allows it; isolated by {string.Join(", ", side.Isolating)}",
        _ => $"{side.Policy} ({side.Tier}), {side.Direction.ToString().ToLowerInvariant()} rule {side.Rule!.Index}{(side.Rule.Name.Length > 0 ? $" \"{side.Rule.Name}\"" : "")}",
    };

    private void AddSide(ImmutableArray<string>.Builder lines, SideVerdict side, Flow flow, bool staged)
    {
        lines.Add($"{(staged ? "if staged policies were enforced, " : "")}{side.Direction.ToString().ToLowerInvariant()}: {(side.Allowed ? "allowed" : "denied")}: {Reason(side)}");
        if (side.Reason == VerdictReason.DefaultDeny && NearestMiss(side, flow) is { } miss)
        {
            lines.Add($"  nearest: {miss.Policy}, {side.Direction.ToString().ToLowerInvariant()} rule {miss.Rule.Index}: {miss.Difference}");
        }
    }

    /// <summary>The rule that came closest to allowing what a side denies by default, or null.</summary>
    public NearMiss? NearestMiss(SideVerdict side, Flow flow) => NearMisses.Find(
        evaluator.Matcher, side.Isolating.Select(name => evaluator.World.Policies[name]), side.Direction, flow);

    private static void AddNotes(ImmutableArray<string>.Builder lines, Flow flow)
    {
        foreach (Party party in (Party[])[flow.Source, flow.Destination])
        {
            if (party.Endpoint is not null && party.Address is null)
            {
                lines.Add($"note: {party.Endpoint.Name} has no known address, so no range of addresses matches it");
            }
            if (party.Node is not null)
            {
                lines.Add($"note: {party} is judged as a node; pods on its network are never selected as pods");
            }
        }
    }
}
