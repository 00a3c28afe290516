using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>The rule that came closest to allowing a flow that no rule allows.</summary>
/// <param name="Policy">Whose rule it is.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Difference">What it wants and the flow has not, as a sentence's end.</param>
public sealed record NearMiss(PolicyName Policy, PolicyRule Rule, string Difference);
