using System.Net;
using Weft.Policy.Compilation;
using Weft.Policy.Model;

namespace Weft.Policy.Tests.Compilation;

/// <summary>
/// Reads compiled data as the kernel will: set lookups and rules in order. It knows nothing of selectors, tiers or worlds, and shares no code with the evaluator.
/// </summary>
internal static class ChainInterpreter
{
    /// <param name="subject">Whose side: an endpoint's address, or null: the node.</param>
    /// <returns>Whether it is let through, and by which policy's rule; null where the end of a chain decided or there is no class.</returns>
    public static (bool Allowed, (PolicyName Policy, int Index)? Rule) Judge(
        CompiledPolicy policy, Direction direction, IPAddress? subject, bool staged, IPAddress source, IPAddress destination, L4Protocol protocol, ushort port)
    {
        if (!policy.Assignments.TryGetValue(new ClassTarget(direction, subject), out ClassId id))
        {
            return (true, null);
        }
        CompiledClass item = policy.Classes[id];
        CompiledChain chain = staged ? item.Staged ?? item.Enforced : item.Enforced;
        IPAddress other = direction == Direction.Ingress ? source : destination;
        foreach (CompiledSection section in chain.Sections)
        {
            foreach (CompiledRule rule in section.Rules)
            {
                if (!Peer(policy, rule.Peer, other) || !Port(policy, rule.Port, destination, protocol, port))
                {
                    continue;
                }
                if (rule.Action == RuleAction.Pass)
                {
                    break;      // on to the next section
                }
                return (rule.Action == RuleAction.Allow, (rule.Policy, rule.Index));
            }
        }
        return (chain.EndAllows, null);
    }

    private static bool Peer(CompiledPolicy policy, PeerTest test, IPAddress other) =>
        test is not PeerTest.InSet { Set: var id } || policy.Sets[id].Elements.Any(element => element.Last is null ? element.Address.Equals(other) : Between(element, other));

    private static bool Port(CompiledPolicy policy, PortTest test, IPAddress destination, L4Protocol protocol, ushort port) => test switch
    {
        PortTest.Numbered numbered => numbered.Protocol == protocol && numbered.Ranges.Any(range => port >= range.First && port <= range.Last),
        PortTest.Named named => policy.Sets[named.Set].Elements.Contains(new SetElement(destination, null, protocol, port)),
        _ => true,
    };

    private static bool Between(SetElement interval, IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        byte[] first = interval.Address.GetAddressBytes();
        return bytes.Length == first.Length && bytes.AsSpan().SequenceCompareTo(first) >= 0 && bytes.AsSpan().SequenceCompareTo(interval.Last!.GetAddressBytes()) <= 0;
    }
}
