using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// The rules of published ports in table inet weft: two lookups for a new flow to the node itself, however many ports there are.
/// <code>
/// world ---> prerouting -+                                   +--> containers (policy) --> container
///                        +--> published: node's port becomes -+
/// node  ---> output     -+    the container's                +--> container
/// </code>
/// </summary>
internal static class PublishedPortRules
{
    private const string Published = "published";
    private const uint Local = 2;                       // RTN_LOCAL
    private const uint DestinationTranslated = 0x20;    // IPS_DST_NAT

    private static readonly IPNetwork Loopback4 = new(IPAddress.Parse("127.0.0.0"), 8);
    private static readonly IPNetwork LinkLocal4 = new(IPAddress.Parse("169.254.0.0"), 16);
    private static readonly IPNetwork LinkLocal6 = new(IPAddress.Parse("fe80::"), 10);

    /// <summary>A packet on its way to where a published port leads.</summary>
    public static NftStatement NotTranslated { get; } = Match.ConnectionStatus.HasNone(DestinationTranslated);

    /// <summary>Adds maps and chains.</summary>
    /// <param name="rules">Where to.</param>
    /// <param name="arriving">What else is asked of each packet that arrives.</param>
    public static void AddTo(NftRuleset rules, OverlayEntryRules arriving)
    {
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            rules.Add(PublishedPortSets.Specific(family)).Add(PublishedPortSets.Any(family)).Add(PublishedPortSets.Hairpin(family));
        }
        rules
            .Add(
                new NftChain("from_wire", new NftBase(NftChainType.Filter, NftHook.Prerouting, NftPriority.Raw)),
                [
                    .. arriving.First,
                    // A bridge with route_localnet lets such packets in. Replies to the node's own have another destination here: they are
                    // translated back after this.
                    Rule("loopback from outside", Match.IpDestination.Within(Loopback4), Match.InputName.IsNot("lo"), Statement.Counter, Verdict.Drop),
                    .. arriving.Last,
                ])
            .Add(
                new NftChain("prerouting", new NftBase(NftChainType.Nat, NftHook.Prerouting, NftPriority.DestinationNat)),
                Rule("to this node", Match.RouteTypeOfDestination.Is(Local), Verdict.Goto(Published)))
            .Add(
                new NftChain("from_node", new NftBase(NftChainType.Nat, NftHook.Output, NftPriority.DestinationNat)),
                Rule("to itself", Match.RouteTypeOfDestination.Is(Local), Verdict.Goto(Published)))
            .Add(
                new NftChain(Published),
                Rule("on one address", Translate(AddressFamily.InterNetwork, Match.Concat(Match.Layer4Protocol, Match.IpDestination, Match.DestinationPort), any: false)),
                Rule("on one address", Translate(AddressFamily.InterNetworkV6, Match.Concat(Match.Layer4Protocol, Match.Ip6Destination, Match.DestinationPort), any: false)),
                // The gateways are for containers alone: what the node serves there is not what the world is shown.
                Rule("gateways", Match.InputName.InSet(FirewallSets.Bridges.Name), Match.IpDestination.Within(LinkLocal4), Verdict.Return),
                Rule("gateways", Match.InputName.InSet(FirewallSets.Bridges.Name), Match.Ip6Destination.Within(LinkLocal6), Verdict.Return),
                Rule("loopback", Match.IpDestination.Within(Loopback4), Verdict.Return),
                // Translated, it could not leave: the kernel has no route_localnet for IPv6.
                Rule("loopback", Match.Ip6Destination.Is(IPAddress.IPv6Loopback), Verdict.Return),
                Rule("on all addresses", Translate(AddressFamily.InterNetwork, Match.Concat(Match.Layer4Protocol, Match.DestinationPort), any: true)),
                Rule("on all addresses", Translate(AddressFamily.InterNetworkV6, Match.Concat(Match.Layer4Protocol, Match.DestinationPort), any: true)));
    }

    /// <summary>Rules for where packets leave: the container must see a sender to whom its replies come back through the node.</summary>
    public static NftRule[] Postrouting() =>
    [
        Rule("a container's own published port", Match.Concat(Match.IpSource, Match.IpDestination).InSet(PublishedPortSets.Hairpin(AddressFamily.InterNetwork).Name), Statement.Masquerade()),
        Rule("a container's own published port", Match.Concat(Match.Ip6Source, Match.Ip6Destination).InSet(PublishedPortSets.Hairpin(AddressFamily.InterNetworkV6).Name), Statement.Masquerade()),
        Rule("the node's loopback", Match.OutputName.InSet(FirewallSets.Bridges.Name), Match.IpSource.Within(Loopback4), Statement.Masquerade()),
    ];

    private static NftStatement Translate(AddressFamily family, NftSelector key, bool any) => Statement.DestinationNatFrom(
        family == AddressFamily.InterNetwork ? NftFamily.Ip : NftFamily.Ip6,
        key,
        (any ? PublishedPortSets.Any(family) : PublishedPortSets.Specific(family)).Name,
        withPort: true);

    private static NftRule Rule(string comment, params ReadOnlySpan<NftStatement> statements) => new(comment, statements);
}
