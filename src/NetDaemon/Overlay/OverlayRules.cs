using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Kernel;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// The overlays' rules in table inet weft, where there are overlays. They look into a VXLAN packet before it is taken out: only there the outer
/// and the inner sender are seen together, so that each node can speak for its own addresses alone.
/// <code>
/// underlay ---> prerouting, before conntrack: our port and VNI? -> tunnel: known node, and an address of that node's? -> not tracked, VXLAN device
///                                             no: others' VXLAN, untouched                                       no: dropped
/// </code>
/// </summary>
/// <remarks>
/// What this does not tell: who on the underlay forges an outer address (the underlay must not let strangers do that), and who on a shared
/// segment sends for whom while nodes there route directly, since there is no outer address then.
/// </remarks>
internal static class OverlayRules
{
    private const string Tunnel = "tunnel";
    private const uint Local = 2;                // RTN_LOCAL
    private const uint IPv4 = 0x0800;
    private const uint IPv6 = 0x86dd;

    /// <summary>
    /// What comes first in the chain "forward": one look at both interfaces for what stays in its network, which is most of it; nothing without a plan.
    /// Networks are kept apart before conntrack's opinion is asked.
    /// </summary>
    public static NftRule[] Forward(IReadOnlyList<OverlayPlan> plans) => plans.All(p => p.Device is null) ? [] :
    [
        Rule("within a network", Match.Concat(Match.InputName, Match.OutputName).InSet(FirewallSets.Paths.Name), Verdict.Goto(RoutedRules.Containers)),
        Rule("from another network", Match.InputName.InSet(OverlaySets.Tunnels.Name), Statement.Counter, Verdict.Drop),
        Rule("to another network", Match.OutputName.InSet(OverlaySets.Tunnels.Name), Match.InputName.InSet(FirewallSets.Bridges.Name), Statement.Counter, Verdict.Drop),
    ];

    /// <summary>Adds sets, chains and elements; nothing without a plan.</summary>
    public static void AddTo(NftRuleset rules, IReadOnlyList<OverlayPlan> plans)
    {
        OverlayPlan[] usable = [.. plans.Where(p => p.Device is not null)];
        if (usable.Length == 0)
        {
            return;
        }
        AddressFamily[] families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];
        AddressFamily[] underlays = [.. usable.Select(p => p.Network.Underlay).Distinct().Order()];
        rules.Add(OverlaySets.Tunnels);
        foreach (AddressFamily underlay in underlays)
        {
            foreach (AddressFamily inner in families)
            {
                rules.Add(OverlaySets.Senders(underlay, inner));
            }
        }
        OverlayNetwork[] networks = [.. usable.Select(p => p.Network).OrderBy(n => n.Number)];
        rules
            .Add(
                new NftChain("underlay_in", new NftBase(NftChainType.Filter, NftHook.Prerouting, NftPriority.Raw)),
                [.. usable.OrderBy(p => p.Network.Number).SelectMany(Into)])
            .Add(
                new NftChain("underlay_out", new NftBase(NftChainType.Filter, NftHook.Output, NftPriority.Raw)),
                [.. networks.Select(n => Rule($"out of network {n.Number}", Port(n), Vni(n), Statement.NoTrack))])
            .Add(
                new NftChain(Tunnel),
                [
                    .. underlays.SelectMany(underlay => families.Select(inner => Known(underlay, inner))),
                    .. underlays.Select(underlay => Known(underlay, underlay, Probes.ProbeMessage.EtherType, "a node's probe")),
                    Rule("of no known node, or for another's address", Statement.Counter, Verdict.Drop),
                ]);
        OverlaySets.AddElements(rules, usable);
    }

    // Other nodes send to the tunnel's own address. The kernel takes tunnels out at every address of the node's, so these are judged as well, by the dearer question.
    private static IEnumerable<NftRule> Into(OverlayPlan plan)
    {
        OverlayNetwork network = plan.Network;
        if (plan.Device?.Local is { } own)
        {
            NftSelector destination = own.AddressFamily == AddressFamily.InterNetwork ? Match.IpDestination : Match.Ip6Destination;
            yield return Rule($"into network {network.Number}", Port(network), Vni(network), destination.Is(NftValue.Address(own)), Verdict.Goto(Tunnel));
        }
        yield return Rule($"into network {network.Number} by another address", Port(network), Vni(network), Match.RouteTypeOfDestination.Is(Local), Verdict.Goto(Tunnel));
    }

    private static NftRule Known(AddressFamily underlay, AddressFamily inner) => Known(underlay, inner, inner == AddressFamily.InterNetwork ? IPv4 : IPv6, "a node's own addresses");

    // A probe has its sender where an IP packet of the underlay's family has it.
    private static NftRule Known(AddressFamily underlay, AddressFamily inner, uint type, string comment)
    {
        NftSelector outer = underlay == AddressFamily.InterNetwork ? Match.IpSource : Match.Ip6Source;
        NftSelector source = inner == AddressFamily.InterNetwork ? Match.VxlanInnerIpSource : Match.VxlanInnerIp6Source;
        return Rule(
            comment,
            Match.VxlanInnerType.Is(type),
            Match.Concat(outer, Match.VxlanIdentifier, source).InSet(OverlaySets.Senders(underlay, inner).Name),
            Statement.NoTrack,
            Verdict.Accept);
    }

    private static NftStatement Port(OverlayNetwork network) => Match.UdpDestinationPort.Is(network.Port);

    private static NftStatement Vni(OverlayNetwork network) => Match.VxlanIdentifier.MaskedIs(0xffff_ff00, network.Vni << 8);

    private static NftRule Rule(string comment, params ReadOnlySpan<NftStatement> statements) => new(comment, statements);
}
