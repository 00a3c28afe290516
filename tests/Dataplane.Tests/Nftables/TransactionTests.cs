using System.Net;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public class TransactionTests
{
    private static readonly NftTable Table = new(NftFamily.Inet, "weft");

    [Fact]
    public void A_transaction_prints_as_an_operator_would_type_it()
    {
        var transaction = new NftTransaction();
        NftTableChanges table = transaction.In(Table.With(NftTableFlags.Owner | NftTableFlags.Persist));
        table.Ensure();
        table.Ensure(new NftChain("forward", new NftBase(NftChainType.Filter, NftHook.Forward, 0, DropByDefault: true)));
        table.Create(new NftChain("e_web"));
        table.Ensure(Layout.Pools4);
        table.Ensure(Layout.Egress);
        table.Ensure(new NftSet("recent", NftDataType.Ipv4Address)
        {
            Flags = NftSetFlags.Timeout | NftSetFlags.Dynamic,
            Timeout = TimeSpan.FromSeconds(90),
            Size = 1000,
        });
        table.AddElements(Layout.Pools4, NftElement.Prefix(IPNetwork.Parse("10.0.0.0/8")));
        table.AddElements(Layout.Egress, NftElement.Map(Layout.Ip("10.0.0.1"), Verdict.Goto("e_web")) with { Comment = "web-1" });
        table.DeleteElements(Layout.Sources, Layout.Source(1));
        table.Append("forward", "replies", Match.State(CtState.Established | CtState.Related), Verdict.Accept);
        table.Append("forward", null, Match.OpensTcp(opens: false), Statement.Reject(NftReject.AdminProhibited));
        table.Insert("forward", new NftRule(null, Match.InputName.Is("wft*"), Statement.Limit(10, TimeSpan.FromMinutes(1)), Statement.Log("x ")), 7);
        table.DeleteRule("forward", 9);
        table.FlushChain("e_web");
        table.Flush(Layout.Pools4);
        table.DestroyChain("old");
        Assert.Equal(
            """
            add table inet weft { flags owner,persist; }
            add chain inet weft forward { type filter hook forward priority 0; policy drop; }
            create chain inet weft e_web
            add set inet weft pools4 { type ipv4_addr; flags interval; }
            add map inet weft egress { type ipv4_addr : verdict; }
            add set inet weft recent { type ipv4_addr; flags timeout,dynamic; timeout 1m30s; size 1000; }
            add element inet weft pools4 { 10.0.0.0-10.255.255.255 }
            add element inet weft egress { 10.0.0.1 comment "web-1" : goto e_web }
            delete element inet weft sources { "wft1" . 02:57:00:00:00:01 . 10.77.0.1 }
            add rule inet weft forward ct state established,related accept comment "replies"
            add rule inet weft forward tcp flags & (fin|syn|rst|ack) != syn reject with icmpx admin-prohibited
            insert rule inet weft forward position 7 iifname "wft*" limit rate 10/minute burst 5 packets log prefix "x "
            delete rule inet weft forward handle 9
            flush chain inet weft e_web
            flush set inet weft pools4
            destroy chain inet weft old

            """,
            transaction.ToString());
    }

    [Fact]
    public void A_match_is_these_bytes()
    {
        var rule = new NftRule(null, Match.TcpDestinationPort.Is(80));
        string[] words =
        [
            "24000100", "09000100", "6d657461", "00000000", "14000200", "08000200", "00000010", "08000100", "00000001",     // meta l4proto
            "2c000100", "08000100", "636d7000", "20000200", "08000100", "00000001", "08000200", "00000000",                 // == tcp
            "0c000300", "05000100", "06000000",
            "34000100", "0c000100", "7061796c", "6f616400", "24000200", "08000100", "00000001", "08000200", "00000002",     // tcp dport
            "08000300", "00000002", "08000400", "00000002",
            "2c000100", "08000100", "636d7000", "20000200", "08000100", "00000001", "08000200", "00000000",                 // == 80
            "0c000300", "06000100", "00500000",
        ];
        Assert.Equal(words, Convert.ToHexStringLower(rule.Encode(NftFamily.Inet)).Chunk(8).Select(static word => new string(word)));
    }

    [SkippableFact]
    public void What_cannot_be_right_is_reported_at_commit_and_nothing_is_sent()
    {
        using NftLab lab = NftLab.Open();
        var transaction = new NftTransaction();
        NftTableChanges table = transaction.In(Table);
        table.Ensure();
        table.Ensure(Layout.Known4);
        table.AddElements(Layout.Known4, NftValue.Port(1));
        table.AddElements(Layout.Known4, NftValue.Byte(1));
        ArgumentException e = Assert.Throws<ArgumentException>(() => lab.Socket.Commit(transaction));
        Assert.Contains("a key of 2 bytes (0001) where ipv4_addr has 4", e.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Socket.Tables());
    }

    [SkippableFact]
    public void An_error_in_the_middle_undoes_the_batch_and_names_its_operation()
    {
        using NftLab lab = NftLab.Open();
        var transaction = new NftTransaction();
        NftTableChanges table = transaction.In(Table);
        table.Ensure();
        table.Ensure(Layout.Known4);
        table.AddElements(Layout.Known4, Enumerable.Range(0, 5000).Select(static n => new NftElement(NftValue.Ipv4((uint)n))).ToArray());
        table.Append("missing", "to nowhere", Match.TcpDestinationPort.IsOneOf(80u, 443u), Verdict.Accept);
        table.Ensure(new NftChain("late"));
        NetlinkException e = Assert.Throws<NetlinkException>(() => lab.Socket.Commit(transaction));
        Assert.Equal(Errno.ENOENT, e.Errno);
        Assert.Equal(3, e.MessageIndex);
        Assert.Equal("add rule inet weft missing tcp dport { 80, 443 } accept comment \"to nowhere\"", e.Operation);
        Assert.Empty(lab.Socket.Tables());
        lab.Commit(tx => tx.In(Table).Create());        // the socket is as good as new
    }

    [SkippableFact]
    public void Thousands_of_errors_are_survived()
    {
        using NftLab lab = NftLab.Open();
        var transaction = new NftTransaction();
        for (int i = 0; i < 5000; i++)
        {
            transaction.In(Table).DeleteChain($"missing{i}");
        }
        NetlinkException e = Assert.Throws<NetlinkException>(() => lab.Socket.Commit(transaction));
        Assert.Equal((Errno.ENOENT, 0), (e.Errno, e.MessageIndex));
        uint before = lab.Socket.Generation();
        lab.Commit(tx => tx.In(Table).Create());
        Assert.Equal(before + 1, lab.Socket.Generation());
    }

    [SkippableFact]
    public void Create_refuses_what_exists_and_destroy_ignores_what_does_not()
    {
        using NftLab lab = NftLab.Open();
        lab.Commit(tx => tx.In(Table).Create());
        NetlinkException e = Assert.Throws<NetlinkException>(() => lab.Commit(tx => tx.In(Table).Create()));
        Assert.Equal(Errno.EEXIST, e.Errno);
        lab.Commit(tx => tx.In(Table).Destroy());
        lab.Commit(tx => tx.In(Table).Destroy());
        Assert.Empty(lab.Socket.Tables());
    }
}
