using System.Net;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public class ExpressionTests
{
    private static readonly NftTable Inet = new(NftFamily.Inet, "weft");
    private static readonly NftTable Bridge = new(NftFamily.Bridge, "weft");

    private const string Clamped = "clamped";

    private static readonly NftSet Recent = new("recent", NftDataType.Ipv4Address)
    {
        Flags = NftSetFlags.Timeout | NftSetFlags.Dynamic,
        Timeout = TimeSpan.FromMinutes(1),
        Size = 1000,
    };

    private static readonly NftSet Own = new("own", NftType.Of(NftDataType.Ipv4Address, NftDataType.Ipv4Address));

    private static readonly NftSet PublishedAny6 = new("published_any6", NftType.Of(NftDataType.InetProtocol, NftDataType.InetService))
    {
        Data = NftType.Of(NftDataType.Ipv6Address, NftDataType.InetService),
    };

    private static readonly NftStatement[] Filter =
    [
        Match.InputName.Is("wft0"),
        Match.InputName.IsNot("wft*"),
        Match.OutputName.Is("fifteen-letters"),
        Match.InputIndex.Is(1),
        Match.Family.Is(10),
        Match.Layer4Protocol.IsOneOf(6u, 17u, 132u),
        Match.Mark.Is(0x57),
        Match.Mark.MaskedIs(0xff00, 0x5700),
        Match.PacketType.Is(2),
        Match.State(CtState.New | CtState.Untracked),
        Match.ConnectionDirection.Is(1),
        Match.ConnectionStatus.HasAny(0x20),
        Match.ConnectionStatus.HasNone(0x20),
        Match.Concat(Match.IpSource, Match.IpDestination).InSet("own"),
        Match.ConnectionMark.IsNot(7),
        Match.RouteTypeOfDestination.Is(2),
        Match.ReversePath.Is(0),
        Match.EtherSource.Is(NftValue.Mac([2, 0, 0, 0, 0, 1])),
        Match.IpSource.Is(IPAddress.Parse("192.0.2.1")),
        Match.IpDestination.Within(IPNetwork.Parse("192.0.2.0/24")),
        Match.IpDestination.Outside(IPNetwork.Parse("10.0.0.0/13")),
        Match.IpSource.Within(Layout.Ip("192.0.2.1"), Layout.Ip("192.0.2.9")),
        Match.IpSource.Outside(Layout.Ip("192.0.2.1"), Layout.Ip("192.0.2.9")),
        Match.IpProtocol.Is(47),
        Match.Ip6Source.Is(IPAddress.Parse("fe80::1")),
        Match.Ip6Destination.Within(IPNetwork.Parse("fd77::/49")),
        Match.Ip6NextHeader.Is(58),
        Match.IcmpType.Is(8),
        Match.Icmpv6Type.Is(128),
        Match.TcpSourcePort.Compares(NftComparison.Greater, NftValue.Port(1024)),
        Match.TcpFlags.HasAny((uint)TcpFlag.Syn),
        Match.UdpDestinationPort.IsNoneOf(NftValue.Port(53), NftValue.Port(67)),
        Match.HasIpv6Header(44),
        Match.Concat(Match.IpSource, Match.TcpDestinationPort).IsOneOf(NftValue.Concat(Layout.Ip("192.0.2.1"), NftValue.Port(80))),
        Statement.CounterNamed("hits"),
        Statement.Log("x: "),
        Statement.Limit(100, TimeSpan.FromSeconds(1), burst: 20),
        Statement.Limit(3, TimeSpan.FromHours(1), over: true),
        Statement.Reject(),
        Statement.RejectWithTcpReset(),
        Statement.SetMark(5),
        Statement.SetConnectionMark(6),
        Statement.SetConnectionMark(Match.Mark),
        Statement.AddToSet("recent", Match.IpSource, TimeSpan.FromSeconds(10)),
        Statement.UpdateSet("recent", Match.IpSource, TimeSpan.FromSeconds(30)),
        Verdict.Jump("target"),
        Verdict.Goto("target"),
        Verdict.Continue,
        Verdict.Return,
    ];

    private static readonly NftStatement[] Nat =
    [
        Statement.DestinationNat(IPAddress.Parse("192.0.2.1")),
        Statement.DestinationNat(IPAddress.Parse("fd77::1")),
        Statement.Redirect(),
        Statement.DestinationNatFrom(NftFamily.Ip6, Match.Concat(Match.Layer4Protocol, Match.DestinationPort), "published_any6", withPort: true),
    ];

    private static readonly NftStatement[] Frames =
    [
        Match.EtherType.Is(0x0806),
        Match.EtherDestination.Is(NftValue.Mac([0x33, 0x33, 0, 0, 0, 1])),
        Match.ArpOperation.Is(2),
        Match.ArpSenderIp.Is(IPAddress.Parse("192.0.2.1")),
        Match.ArpSenderEther.Is(NftValue.Mac([2, 0, 0, 0, 0, 1])),
        Match.IpSource.Is(IPAddress.Parse("192.0.2.1")),
        Match.Ip6Source.Is(IPAddress.Parse("fe80::1")),
        Match.UdpDestinationPort.Is(4789),
        Match.MetaProtocol.Is(0x86dd),
        Match.VlanType.Is(0x0800),
    ];

    [SkippableFact]
    public void Nft_reads_each_expression_as_we_print_it_and_the_kernel_returns_its_bytes()
    {
        using NftLab sent = NftLab.Open();
        using NftLab typed = NftLab.Open();
        var prerouting = new NftChain("pre", new NftBase(NftChainType.Nat, NftHook.Prerouting, NftPriority.DestinationNat));
        var raw = new NftChain("raw", new NftBase(NftChainType.Filter, NftHook.Prerouting, NftPriority.Raw));
        var inet = new NftRuleset(Inet);
        inet.Add(Recent).Add(Own).Add(PublishedAny6).Add(new NftChain("target")).Add(prerouting, Rules(Nat)).Add(new NftChain("filter"), Rules(Filter));
        inet.Add(raw, Rules([Statement.NoTrack, Statement.SetConnectionZone(5)]));
        inet.Add(new NftChain(Clamped), Rules([Statement.ClampSegmentSize]));
        inet.Counters.Add("hits");
        inet.Append("pre", new NftRule(null, Match.TcpDestinationPort.Is(80), Statement.DestinationNat(IPAddress.Parse("192.0.2.1"), 8080)));
        inet.Append("pre", new NftRule(null, Match.TcpDestinationPort.Is(81), Statement.Redirect(8081)));
        var bridge = new NftRuleset(Bridge);
        bridge.Add(new NftChain("frames"), Rules(Frames));
        List<string> written = [];
        List<string> read = [];
        foreach (NftRuleset wanted in new[] { inet, bridge })
        {
            sent.Reconcile(wanted);
            typed.Script(wanted.ToString());
            foreach (IGrouping<string, NftRuleInfo> chain in sent.Socket.Rules(wanted.Table).GroupBy(static rule => rule.Chain))
            {
                foreach ((NftRuleInfo found, NftRule rule) in chain.Zip(wanted.RulesOf(chain.Key)))
                {
                    // The kernel prints flags of an option that it takes without any only.
                    if (chain.Key != Clamped && rule.Statements.All(static statement => statement.Anonymous is null))
                    {
                        written.Add($"{rule} {Convert.ToHexString(rule.Encode(wanted.Table.Family))}");
                        read.Add($"{rule} {Convert.ToHexString(found.Expressions.Span)}");
                    }
                }
            }
            Assert.True(NftDiff.Compute(wanted, sent.Socket.Read(wanted.Table)).IsEmpty);
        }
        Assert.Equal(string.Join('\n', written.Except(read)), string.Join('\n', read.Except(written)));
        Assert.Equal(typed.Lines("list", "ruleset"), LayoutTests.WithoutHashes(sent));
    }

    [Fact]
    public void A_field_of_the_wrong_family_is_refused()
    {
        var transaction = new NftTransaction();
        transaction.In(new NftTable(NftFamily.Ip, "x")).Append("c", null, Match.Ip6Source.Is(IPAddress.IPv6Loopback), Verdict.Accept);
        Assert.Contains("never sees", Assert.IsType<ArgumentException>(transaction.Failure).Message, StringComparison.Ordinal);
    }

    private static NftRule[] Rules(NftStatement[] statements) => [.. statements.Select(static statement => new NftRule(null, statement))];
}
