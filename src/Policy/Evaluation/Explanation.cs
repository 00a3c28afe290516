using System.Collections.Immutable;

namespace Weft.Policy.Evaluation;

/// <summary>A verdict with what people ask next.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="Verdict">What policies say.</param>
/// <param name="Lines">Sentences for people: each side, its deciding rule or nearest miss, staged results, and what is special about an end.</param>
public sealed record Explanation(Flow Flow, Verdict Verdict, ImmutableArray<string> Lines);
