using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Kernel;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>The rules that find out whose policies a packet is judged by. Each costs the first packet of a flow two lookups, however many containers and policies there are.</summary>
/// <remarks>
/// An address leads to the number of its class, and the number to the class's chain: a data map and a verdict map, because adding to a verdict map has the kernel walk all chains
/// again. The number passes through the packet's priority, which nothing else reads before it is set back: nft(8) of Debian 12 cannot list a lookup in what a lookup gave.
/// </remarks>
internal static class PolicyRules
{
    /// <summary>Everything drops here: of a container that nobody knows the labels of.</summary>
    public const string Pending = "policy_pending";

    /// <summary>Counts what <see cref="Pending"/> drops.</summary>
    public const string PendingCounter = "drops_pending";

    /// <summary>The base chain of what is sent to the node; there where something judges it.</summary>
    public static readonly NftChain Input = new("input", new NftBase(NftChainType.Filter, NftHook.Input, NftPriority.Filter));

    /// <summary>The base chain of what the node sends by itself; there where a host policy judges it.</summary>
    public static readonly NftChain NodeOutput = new("node_output", new NftBase(NftChainType.Filter, NftHook.Output, NftPriority.Filter));

    private const string ToNode = "to_node";
    private const byte Tcp = 6;
    private const uint RouterSolicitation = 133;    // RFC 4861 section 4
    private const uint RouterAdvertisement = 134;
    private const uint NeighbourSolicitation = 135;
    private const uint NeighbourAdvertisement = 136;

    private static readonly NftRule Replies = new("replies", Match.State(CtState.Established | CtState.Related), Verdict.Accept);

    /// <summary>For the end of the chain that judges containers' traffic: allowed is who comes through.</summary>
    public static IEnumerable<NftRule> Containers() =>
    [
        Judge(Direction.Egress, AddressFamily.InterNetwork),
        Judge(Direction.Egress, AddressFamily.InterNetworkV6),
        Judge(Direction.Ingress, AddressFamily.InterNetwork),
        Judge(Direction.Ingress, AddressFamily.InterNetworkV6),
        new NftRule("as it was", Statement.SetPriority(0)),
    ];

    /// <summary>The chains that are always there.</summary>
    public static void AddTo(NftRuleset rules, bool ownNodeAlwaysReachable)
    {
        rules.Add(PolicySets.Verdicts, [PolicySets.VerdictOf(ClassNumbers.Pending, Pending)]);
        foreach (AddressFamily family in PolicySets.Families)
        {
            rules.Add(PolicySets.Assigned(Direction.Egress, family)).Add(PolicySets.Assigned(Direction.Ingress, family));
        }
        rules.Counters.Add(PendingCounter);
        rules
            .Add(
                new NftChain(Pending),
                new NftRule("labels are not known yet", Statement.Limit(10, TimeSpan.FromSeconds(1)), Statement.Log(PolicyChains.LogPrefix + PendingCounter, PolicyChains.LogGroup, 128)),
                new NftRule("labels are not known yet", Statement.CounterNamed(PendingCounter), Verdict.Drop))
            .Add(new NftChain(ToNode), ownNodeAlwaysReachable ? [] :
            [
                Replies,
                new NftRule("TCP from the middle", Match.Layer4Protocol.Is(Tcp), Match.State(CtState.New), Match.OpensTcp(false), Statement.Counter, Verdict.Drop),
                new NftRule("neighbours", Match.Icmpv6Type.IsOneOf(NeighbourSolicitation, NeighbourAdvertisement), Verdict.Accept),
                Judge(Direction.Egress, AddressFamily.InterNetwork),
                Judge(Direction.Egress, AddressFamily.InterNetworkV6),
                new NftRule("as it was", Statement.SetPriority(0)),
            ]);
    }

    /// <summary>Rules of <see cref="Input"/>.</summary>
    /// <param name="hostClass">The chain of the class that judges what the node gets, or null.</param>
    /// <param name="overlayPorts">UDP ports by which other nodes' packets arrive; their senders were asked for before.</param>
    public static IReadOnlyList<NftRule> InputRules(string? hostClass, IReadOnlyCollection<ushort> overlayPorts)
    {
        NftRule fromContainer = new("from a container", Match.InputName.InSet(FirewallSets.Bridges.Name), Verdict.Jump(ToNode));
        return hostClass is null ? [fromContainer] :
        [
            fromContainer,
            new NftRule("the node itself", Match.InputName.Is("lo"), Verdict.Accept),
            .. Host(hostClass, overlayPorts),
        ];
    }

    /// <summary>Rules of <see cref="NodeOutput"/>: a node always reaches itself and its own containers.</summary>
    public static IReadOnlyList<NftRule> NodeOutputRules(string hostClass, IReadOnlyCollection<ushort> overlayPorts) =>
    [
        new("the node itself", Match.OutputName.Is("lo"), Verdict.Accept),
        new("to a container", Match.OutputName.InSet(FirewallSets.Bridges.Name), Verdict.Accept),
        .. Host(hostClass, overlayPorts),
    ];

    private static IEnumerable<NftRule> Host(string hostClass, IReadOnlyCollection<ushort> overlayPorts)
    {
        yield return Replies;
        yield return new NftRule("neighbours", Match.Icmpv6Type.IsOneOf(RouterSolicitation, RouterAdvertisement, NeighbourSolicitation, NeighbourAdvertisement), Verdict.Accept);
        if (overlayPorts.Count > 0)
        {
            yield return new NftRule("other nodes' packets", Match.UdpDestinationPort.IsOneOf([.. overlayPorts.Select(port => (uint)port)]), Verdict.Accept);
        }
        yield return new NftRule("host policies", Verdict.Goto(hostClass));
    }

    private static NftRule Judge(Direction direction, AddressFamily family)
    {
        NftSelector address = (direction, family) switch
        {
            (Direction.Egress, AddressFamily.InterNetwork) => Match.IpSource,
            (Direction.Egress, _) => Match.Ip6Source,
            (_, AddressFamily.InterNetwork) => Match.IpDestination,
            _ => Match.Ip6Destination,
        };
        return new NftRule(
            direction == Direction.Egress ? "what the sender's policies say" : "what the receiver's policies say",
            Statement.SetPriority(address.MappedBy(PolicySets.Assigned(direction, family).Name, NftDataType.ClassId)),
            Match.Priority.VerdictFrom(PolicySets.Verdicts.Name));
    }
}
