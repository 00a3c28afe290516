namespace Weft.Policy.Model;

/// <summary>One rule of a policy in one direction: matches when a peer and a port do.</summary>
/// <param name="Index">Place in the policy's list of this direction, from 0.</param>
/// <param name="Name">What the policy calls it, or empty.</param>
/// <param name="Action">What it does.</param>
/// <param name="Peers">The other end.</param>
/// <param name="Ports">The protocol and the port at the destination.</param>
public sealed record PolicyRule(int Index, string Name, RuleAction Action, PeerMatch Peers, PortMatch Ports);
