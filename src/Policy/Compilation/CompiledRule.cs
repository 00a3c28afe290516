using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>One test with its outcome. A rule of a policy becomes as many as it has kinds of peers times kinds of ports.</summary>
/// <param name="Peer">Of the other end.</param>
/// <param name="Port">Of the destination.</param>
/// <param name="Action">Allow returns to the caller, so that the other direction is still asked; Deny drops; Pass goes on at the next section.</param>
/// <param name="Policy">Whose rule it is.</param>
/// <param name="Index">Of the rule in its policy and direction.</param>
public sealed record CompiledRule(PeerTest Peer, PortTest Port, RuleAction Action, PolicyName Policy, int Index)
{
    public override string ToString() => $"{Peer} {Port} {Action.ToString().ToLowerInvariant()} ({Policy} rule {Index})";
}
