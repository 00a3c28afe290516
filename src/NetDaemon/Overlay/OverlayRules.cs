using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// The overlays' rules in table inet weft, where there are overlays. Before conntrack, and so for every packet, they ask whether the sender may have that address: of a VXLAN packet before it is
/// taken out, for only there the outer and the inner sender are seen together; of a container's packet without a tunnel by the MAC of the node it came from. What networks two addresses
/// are of is asked once a flow.
/// <code>
/// underlay ---> from_wire, before conntrack: VXLAN -> tunnel: known node, and an address of that node's? -> not tracked, VXLAN device
///                                         |                others' VNI: untouched                     no: dropped
///                                         +-> to a container, from a pool's address -> segment: a MAC of our segment, and an address of that node's?
///                                                                                                    no: dropped
/// </code>
/// </summary>
/// <remarks>
/// What this does not tell: who on the underlay forges an outer address, and who on a shared segment forges a MAC. The underlay must not let strangers do that.
/// </remarks>
internal static class OverlayRules
{
    private const string Tunnel = "tunnel";
    private const string Segment = "segment";
    private const string Ours = "weft*";         // bridges, hairpin links and VXLAN devices: what they let in has been judged
    private const uint Unicast = 1;              // RTN_UNICAST
    private const uint VniBits = 0xffff_ff00;    // the byte below the VNI is reserved, and may be anything in a packet
    private const uint IPv4 = 0x0800;
    private const uint IPv6 = 0x86dd;

    private static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>What arrives, before conntrack: the frequent first. Nothing without a plan.</summary>
    public static OverlayEntryRules Arriving(IReadOnlyList<OverlayPlan> plans) => Usable(plans).Length == 0 ? new([], []) : new(
        [.. Ports(plans).Select(port => Rule("through a tunnel", Match.UdpDestinationPort.Is(port), Verdict.Jump(Tunnel)))],
        [
            Rule("from our own links", Match.InputName.Is(Ours), Verdict.Accept),
            .. Families.Select(family => Rule(
                "as a container's to a container",
                Destination(family).InSet(FirewallSets.Endpoints(family).Name),
                Source(family).InSet(FirewallSets.Pools(family).Name),
                Verdict.Goto(Segment))),
        ]);

    /// <summary>What the node sends, before conntrack; nothing without a plan.</summary>
    public static NftRule[] Leaving(IReadOnlyList<OverlayPlan> plans) => Usable(plans).Length == 0 ? [] :
    [
        .. Ports(plans).Select(port => Rule("into a tunnel", Match.UdpDestinationPort.Is(port), Vni.InSet(OverlaySets.Vnis.Name), Statement.NoTrack, Verdict.Accept)),
    ];

    /// <summary>
    /// What comes first in the chain "forward" for the first packet of a flow: one look at both interfaces for what stays in its network, which is most of it; nothing without a plan. Where
    /// there is no tunnel, addresses tell the network.
    /// </summary>
    public static NftRule[] Forward(IReadOnlyList<OverlayPlan> plans) => Usable(plans).Length == 0 ? [] :
    [
        Rule("within a network", Match.Concat(Match.InputName, Match.OutputName).InSet(FirewallSets.Paths.Name), Verdict.Goto(RoutedRules.Containers)),
        Rule("from another network", Match.InputName.InSet(OverlaySets.Tunnels.Name), Statement.Counter, Verdict.Drop),
        Rule("to another network", Match.OutputName.InSet(OverlaySets.Tunnels.Name), Match.InputName.InSet(FirewallSets.Bridges.Name), Statement.Counter, Verdict.Drop),
        .. Families.SelectMany(family => (NftRule[])
        [
            Foreign("from an address of another network", Match.OutputName, Source(family), family),
            Foreign("to an address of another network", Match.InputName, Destination(family), family),
        ]),
    ];

    /// <summary>Adds sets, chains and elements; nothing without a plan.</summary>
    public static void AddTo(NftRuleset rules, NetworkSnapshot networks, IReadOnlyList<OverlayPlan> plans)
    {
        OverlayPlan[] usable = Usable(plans);
        if (usable.Length == 0)
        {
            return;
        }
        AddressFamily[] underlays = [.. usable.Select(p => p.Network.Underlay).Distinct().Order()];
        var known = new List<NftRule>();
        var adjacent = new List<NftRule>();
        rules.Add(OverlaySets.Tunnels).Add(OverlaySets.Vnis);
        foreach (AddressFamily underlay in underlays)
        {
            rules.Add(OverlaySets.Senders(underlay));
        }
        foreach (AddressFamily family in Families)
        {
            rules.Add(OverlaySets.Members(family));
            foreach (int length in OverlaySets.Lengths(networks, usable, family))
            {
                NftValue mask = Mask(family, length);
                rules.Add(OverlaySets.Neighbours(family, length));
                adjacent.Add(Rule(
                    "a node's containers", Match.Concat(Match.EtherSource, Source(family).Masked(mask)).InSet(OverlaySets.Neighbours(family, length).Name), Verdict.Accept));
                known.AddRange(underlays.Select(underlay => Sender("a node's own addresses", underlay, family == AddressFamily.InterNetwork ? IPv4 : IPv6, family, length)));
            }
        }
        rules
            .Add(
                new NftChain(Tunnel),
                [
                    .. known,
                    .. underlays.Select(Probe),
                    Rule("another program's", Vni.NotInSet(OverlaySets.Vnis.Name), Verdict.Return),
                    // Passing through. The kernel takes out what is for any address of the node's, for broadcast and for multicast addresses.
                    Rule("to another machine", Match.RouteTypeOfDestination.Is(Unicast), Verdict.Return),
                    Rule("of no known node, or for another's address", Statement.Counter, Verdict.Drop),
                ])
            .Add(new NftChain(Segment), [.. adjacent, Rule("of no node on our segment, or for another's address", Statement.Counter, Verdict.Drop)]);
        OverlaySets.AddElements(rules, networks, usable);
    }

    /// <summary>An address of a pool that is not of the network whose bridge the packet crosses.</summary>
    private static NftRule Foreign(string comment, NftSelector link, NftSelector address, AddressFamily family) => Rule(
        comment,
        address.InSet(FirewallSets.Pools(family).Name),
        link.InSet(FirewallSets.Bridges.Name),
        Match.Concat(link, address).NotInSet(OverlaySets.Members(family).Name),
        // A published port is for everybody who reaches the node.
        PublishedPortRules.NotTranslated,
        Statement.Counter,
        Verdict.Drop);

    private static OverlayPlan[] Usable(IReadOnlyList<OverlayPlan> plans) => [.. plans.Where(p => p.Device is not null)];

    private static IEnumerable<ushort> Ports(IReadOnlyList<OverlayPlan> plans) => Usable(plans).Select(p => p.Network.Port).Distinct().Order();

    private static NftSelector Vni { get; } = Match.VxlanIdentifier.Masked(NftValue.Ipv4(VniBits));

    private static NftSelector Source(AddressFamily family) => family == AddressFamily.InterNetwork ? Match.IpSource : Match.Ip6Source;

    private static NftSelector Destination(AddressFamily family) => family == AddressFamily.InterNetwork ? Match.IpDestination : Match.Ip6Destination;

    private static NftSelector InnerSource(AddressFamily family) => family == AddressFamily.InterNetwork ? Match.VxlanInnerIpSource : Match.VxlanInnerIp6Source;

    private static NftValue Mask(AddressFamily family, int length)
    {
        byte[] mask = new byte[family == AddressFamily.InterNetwork ? 4 : 16];
        for (int bit = 0; bit < length; bit++)
        {
            mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        }
        return NftValue.Raw(mask);
    }

    // A probe has its sender where an IP packet of the underlay's family has it.
    private static NftRule Probe(AddressFamily underlay) =>
        Sender("a node's probe", underlay, Probes.ProbeMessage.EtherType, underlay, underlay == AddressFamily.InterNetwork ? 32 : 128);

    private static NftRule Sender(string comment, AddressFamily underlay, uint innerType, AddressFamily inner, int length)
    {
        NftSelector source = InnerSource(inner).Masked(Mask(inner, length));
        return Rule(
            comment,
            Match.VxlanInnerType.Is(innerType),
            Match.Concat(
                Source(underlay),
                Match.VxlanIdentifier.Masked(NftValue.Ipv4(VniBits), NftValue.Ipv4((uint)length)),
                inner == AddressFamily.InterNetwork ? source.MappedToIpv6() : source).InSet(OverlaySets.Senders(underlay).Name),
            Statement.NoTrack,
            Verdict.Accept);
    }

    private static NftRule Rule(string comment, params ReadOnlySpan<NftStatement> statements) => new(comment, statements);
}
