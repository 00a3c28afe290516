using System.Collections.Immutable;

namespace Weft.Policy.Analysis;

/// <summary>How an assertion turned out.</summary>
/// <param name="Test">The assertion.</param>
/// <param name="Passed">Whether it holds, in every address family that both ends have.</param>
/// <param name="Lines">Why not: the explanation of the first flow that does not do as expected, or what could not be found.</param>
public sealed record PolicyTestResult(PolicyTest Test, bool Passed, ImmutableArray<string> Lines);
