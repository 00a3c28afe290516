using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>Something about a policy that is probably not meant.</summary>
/// <param name="Code">A word for what it is; see docs/policy.md.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Where">Such as "ingress rule 0", or empty: the policy.</param>
/// <param name="Message">A sentence.</param>
public sealed record LintFinding(string Code, PolicyName Policy, string Where, string Message);
