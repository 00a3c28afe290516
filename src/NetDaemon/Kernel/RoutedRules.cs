using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Kernel;

/// <summary>The rules of table inet weft, without elements.</summary>
internal static class RoutedRules
{
    public static readonly NftTable Table = new(NftFamily.Inet, "weft");

    /// <summary>The chain that judges what comes from or goes to a container.</summary>
    public const string Containers = "containers";

    private const string Handshakes = "handshakes";
    private const byte Tcp = 6;
    private const uint Confirmed = 1 << 3;      // IPS_CONFIRMED, linux/netfilter/nf_conntrack_common.h: set when a flow's first packet leaves the node
    private const uint IcmpRedirect = 5;        // RFC 792
    private const uint Icmpv6Redirect = 137;    // RFC 4861 section 4.5

    /// <param name="table"><see cref="Table"/> with the flags that it is to have.</param>
    /// <param name="overlays">The networks' overlays.</param>
    public static NftRuleset Build(NftTable table, IReadOnlyList<OverlayPlan> overlays)
    {
        var rules = new NftRuleset(table);
        rules.Add(FirewallSets.Bridges).Add(FirewallSets.Paths);
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            rules.Add(FirewallSets.Pools(family)).Add(FirewallSets.Masqueraded(family)).Add(FirewallSets.Blocks(family)).Add(FirewallSets.Moved(family)).Add(FirewallSets.Endpoints(family));
        }
        PublishedPortRules.AddTo(rules, OverlayRules.Arriving(overlays));
        return rules
            .Add(
                new NftChain("forward", new NftBase(NftChainType.Filter, NftHook.Forward, NftPriority.Filter)),
                [
                    // Before all else, for of the handshake only the first packet gets further. Any other packet is passed over by its protocol or a flag.
                    Rule("how large segments may be", Match.TcpFlags.HasAny((uint)TcpFlag.Syn), Verdict.Jump(Handshakes)),
                    // Most packets end here. The first one of their flow passed all that follows: one that is dropped leaves no confirmed flow. Nobody need have answered: a flood is such a
                    // flow. For what is not Weft's it says no more than the end of this chain.
                    Rule("more of a flow that was let through", Match.ConnectionStatus.HasAny(Confirmed), Verdict.Accept),
                    .. OverlayRules.Forward(overlays),
                    // Only what comes from or goes to a container: other forwarding on this machine is not Weft's.
                    Rule("from a container", Match.InputName.InSet(FirewallSets.Bridges.Name), Goto(Containers)),
                    Rule("to a container", Match.OutputName.InSet(FirewallSets.Bridges.Name), Goto(Containers)),
                ])
            .Add(
                // Containers that were started while more fitted send no more than the way carries now.
                new NftChain(Handshakes),
                Rule("segments that fit", Match.InputName.InSet(FirewallSets.Bridges.Name), Statement.ClampSegmentSize),
                Rule("segments that fit", Match.OutputName.InSet(FirewallSets.Bridges.Name), Statement.ClampSegmentSize))
            .Add(
                new NftChain(Containers),
                Rule("replies", Match.State(CtState.Established | CtState.Related), Verdict.Accept),
                // A flow that was cut off must not be adopted again from its next segment (nf_conntrack_tcp_loose).
                Rule("TCP from the middle", Match.Layer4Protocol.Is(Tcp), Match.State(CtState.New), Match.OpensTcp(false), Statement.Counter, Drop),
                // Conntrack knows no flow for it: it would leave without its masquerade.
                Rule("no valid flow", Match.State(CtState.Invalid), Statement.Counter, Drop),
                NotAttached(AddressFamily.InterNetwork, Match.IpSource, "from"),
                NotAttached(AddressFamily.InterNetwork, Match.IpDestination, "to"),
                NotAttached(AddressFamily.InterNetworkV6, Match.Ip6Source, "from"),
                NotAttached(AddressFamily.InterNetworkV6, Match.Ip6Destination, "to"),
                Rule(
                    "another network",
                    Match.InputName.InSet(FirewallSets.Bridges.Name),
                    Match.OutputName.InSet(FirewallSets.Bridges.Name),
                    Match.Concat(Match.InputName, Match.OutputName).NotInSet(FirewallSets.Paths.Name),
                    // A published port is for everybody who reaches the node.
                    PublishedPortRules.NotTranslated,
                    Statement.Counter,
                    Drop))
            .Add(
                // One chain for all that the node sends: each hook costs every packet.
                new NftChain("output", new NftBase(NftChainType.Filter, NftHook.Output, NftPriority.Raw)),
                [
                    .. OverlayRules.Leaving(overlays),
                    // Containers of one bridge talk through the node on purpose: it must not tell them of a shorter way.
                    Rule("no redirects", Match.IcmpType.Is(IcmpRedirect), Match.OutputName.InSet(FirewallSets.Bridges.Name), Drop),
                    Rule("no redirects", Match.Icmpv6Type.Is(Icmpv6Redirect), Match.OutputName.InSet(FirewallSets.Bridges.Name), Drop),
                ])
            .Add(
                new NftChain("postrouting", new NftBase(NftChainType.Nat, NftHook.Postrouting, NftPriority.SourceNat)),
                [
                    .. PublishedPortRules.Postrouting(),
                    Masquerade(AddressFamily.InterNetwork, Match.IpSource, Match.IpDestination),
                    Masquerade(AddressFamily.InterNetworkV6, Match.Ip6Source, Match.Ip6Destination),
                ]);
    }

    /// <summary>Fail closed: an address of this node's blocks passes only while an attachment has it, here or where it moved to.</summary>
    private static NftRule NotAttached(AddressFamily family, NftSelector address, string direction) => Rule(
        $"{direction} an address without a container",
        address.InSet(FirewallSets.Blocks(family).Name),
        address.NotInSet(FirewallSets.Endpoints(family).Name),
        address.NotInSet(FirewallSets.Moved(family).Name),
        Statement.Counter,
        Drop);

    private static NftRule Masquerade(AddressFamily family, NftSelector source, NftSelector destination) => Rule(
        "leaves all pools",
        source.InSet(FirewallSets.Masqueraded(family).Name),
        destination.NotInSet(FirewallSets.Pools(family).Name),
        Statement.Masquerade(NftNatFlags.FullyRandom));

    private static NftRule Rule(string comment, params ReadOnlySpan<NftStatement> statements) => new(comment, statements);

    private static NftStatement Drop => Verdict.Drop;

    private static NftVerdict Goto(string chain) => Verdict.Goto(chain);
}
