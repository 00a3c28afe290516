using System.Net;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

/// <summary>A layout like the product's: forwarding with classes, masquerade, anti-spoofing.</summary>
internal static class Layout
{
    public static NftTable InetTable { get; } = new(NftFamily.Inet, "weft");

    public static NftTable BridgeTable { get; } = new(NftFamily.Bridge, "weft");

    public static NftSet Pools4 { get; } = new("pools4", NftDataType.Ipv4Address) { Flags = NftSetFlags.Interval };

    public static NftSet Pools6 { get; } = new("pools6", NftDataType.Ipv6Address) { Flags = NftSetFlags.Interval };

    public static NftSet Known4 { get; } = new("known4", NftDataType.Ipv4Address);

    public static NftSet Egress { get; } = new("egress", NftDataType.Ipv4Address) { Data = NftDataType.Verdict };

    public static NftSet Class { get; } = new("class", NftDataType.Ipv4Address) { Data = NftDataType.Mark };

    public static NftSet ClassChain { get; } = new("class_chain", NftDataType.Mark) { Data = NftDataType.Verdict };

    public static NftSet Named { get; } = new("named", NftType.Of(NftDataType.Ipv4Address, NftDataType.InetProtocol, NftDataType.InetService));

    public static NftSet Published { get; } = new("published", NftType.Of(NftDataType.InetProtocol, NftDataType.Ipv4Address, NftDataType.InetService))
    {
        Data = NftType.Of(NftDataType.Ipv4Address, NftDataType.InetService),
    };

    public static NftSet Sources { get; } =
        new("sources", NftType.Of(NftDataType.InterfaceName, NftDataType.EthernetAddress, NftDataType.Ipv4Address));

    public static NftSet Ports { get; } = new("ports", NftType.Of(NftDataType.InterfaceName, NftDataType.EthernetAddress));

    public static NftValue Ip(string text) => IPAddress.Parse(text);

    public static NftElement Source(int n) => NftValue.Concat(
        NftValue.Interface($"wft{n}"), NftValue.Mac([2, 0x57, 0, 0, (byte)(n >> 8), (byte)n]), NftValue.Ipv4(0x0a4d0000 + (uint)n));

    public static NftRuleset Inet(NftTable? table = null)
    {
        var ruleset = new NftRuleset(table ?? InetTable);
        ruleset.Add(Pools4, [NftElement.Prefix(IPNetwork.Parse("10.77.0.0/16")), NftElement.Prefix(IPNetwork.Parse("10.99.0.0/24"))]);
        ruleset.Add(Pools6, [NftElement.Prefix(IPNetwork.Parse("fd77::/48"))]);
        ruleset.Add(Known4, [Ip("10.77.0.2"), Ip("10.77.0.3")]);
        ruleset.Add(Egress, [NftElement.Map(Ip("10.77.0.2"), Verdict.Jump("e_web"))]);
        ruleset.Add(Class, [NftElement.Map(Ip("10.77.0.3"), NftValue.Mark(7))]);
        ruleset.Add(ClassChain, [NftElement.Map(NftValue.Mark(7), Verdict.Jump("i_db"))]);
        ruleset.Add(Named, [NftValue.Concat(Ip("10.77.0.3"), NftValue.Protocol(6), NftValue.Port(5432))]);
        ruleset.Add(Published,
        [
            NftElement.Map(
                NftValue.Concat(NftValue.Protocol(6), Ip("192.0.2.1"), NftValue.Port(8080)),
                NftValue.Concat(Ip("10.77.0.2"), NftValue.Port(80))),
        ]);
        ruleset.Add(new NftChain("prerouting", new NftBase(NftChainType.Nat, NftHook.Prerouting, NftPriority.DestinationNat)),
            new NftRule("published ports", Statement.DestinationNatFrom(
                NftFamily.Ip, Match.Concat(Match.Layer4Protocol, Match.IpDestination, Match.DestinationPort), "published", withPort: true)));
        ruleset.Add(new NftChain("forward", new NftBase(NftChainType.Filter, NftHook.Forward, NftPriority.Filter)),
            new NftRule("replies", Match.State(CtState.Established | CtState.Related), Verdict.Accept),
            new NftRule("no adoption", Match.Layer4Protocol.Is(6), Match.State(CtState.New), Match.OpensTcp(opens: false), Statement.Counter, Verdict.Drop),
            new NftRule("invalid", Match.State(CtState.Invalid), Statement.Counter, Verdict.Drop),
            new NftRule("not programmed yet (source)", Match.InputName.Is("wft*"), Match.IpSource.NotInSet("known4"), Statement.Counter, Verdict.Drop),
            new NftRule("not programmed yet (destination)", Match.OutputName.Is("wft*"), Match.IpDestination.NotInSet("known4"), Statement.Counter, Verdict.Drop),
            new NftRule("egress", Match.IpSource.VerdictFrom("egress")),
            new NftRule("class", Statement.SetMark(Match.IpDestination.MappedBy("class", NftDataType.Mark))),
            new NftRule("ingress", Match.Mark.VerdictFrom("class_chain")));
        ruleset.Add(new NftChain("input", new NftBase(NftChainType.Filter, NftHook.Input, NftPriority.Filter)),
            new NftRule("unknown node", Match.UdpDestinationPort.Is(4789), Match.IpSource.NotInSet("known4"), Verdict.Drop));
        ruleset.Add(new NftChain("postrouting", new NftBase(NftChainType.Nat, NftHook.Postrouting, NftPriority.SourceNat)),
            new NftRule("leaving", Match.IpSource.InSet("pools4"), Match.IpDestination.NotInSet("pools4"), Statement.Masquerade(NftNatFlags.FullyRandom)),
            new NftRule("leaving", Match.Ip6Source.InSet("pools6"), Match.Ip6Destination.NotInSet("pools6"), Statement.Masquerade(NftNatFlags.FullyRandom)));
        ruleset.Add(new NftChain("e_web"),
            new NftRule(null, Match.Concat(Match.IpDestination, Match.Layer4Protocol, Match.DestinationPort).InSet("named"), Verdict.Return),
            new NftRule(null, Match.TcpDestinationPort.IsOneOf(80u, 443u), Verdict.Return),
            new NftRule("policy 1", Statement.Log("weft D E 1", group: 5, snapshotLength: 128), Statement.Counter, Verdict.Drop));
        ruleset.Add(new NftChain("i_db"),
            new NftRule(null, Match.TcpDestinationPort.Within(5432, 5440), Verdict.Return),
            new NftRule("policy 2", Statement.Counter, Verdict.Drop));
        return ruleset;
    }

    public static NftRuleset Bridge(NftTable? table = null)
    {
        var ruleset = new NftRuleset(table ?? BridgeTable);
        ruleset.Add(Sources, [Source(1), Source(2)]);
        ruleset.Add(Ports, [NftValue.Concat(NftValue.Interface("wft1"), NftValue.Mac([2, 0x57, 0, 0, 0, 1]))]);
        ruleset.Add(new NftChain("prerouting", new NftBase(NftChainType.Filter, NftHook.Prerouting, NftPriority.Raw)),
            new NftRule("others", Match.InputName.IsNot("wft*"), Verdict.Accept),
            new NftRule("tagged", Match.EtherType.Is(0x8100), Verdict.Drop),
            new NftRule("own address", Match.Concat(Match.InputName, Match.EtherSource, Match.IpSource).InSet("sources"), Verdict.Accept),
            new NftRule("own ARP", Match.Concat(Match.InputName, Match.ArpSenderEther, Match.ArpSenderIp).InSet("sources"), Verdict.Accept),
            new NftRule("router advertisements", Match.Icmpv6Type.Is(134), Statement.Counter, Verdict.Drop),
            new NftRule("neighbours", Match.Concat(Match.InputName, Match.EtherSource).InSet("ports"), Match.Icmpv6Type.IsOneOf(135u, 136u), Verdict.Accept),
            new NftRule("spoofed", Statement.Counter, Verdict.Drop));
        return ruleset;
    }
}
