using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public class OwnershipTests
{
    [SkippableFact]
    public void Nobody_else_removes_an_owned_table_and_the_next_owner_finds_it_unchanged()
    {
        using NftLab lab = NftLab.Open();
        string[] before;
        NftRuleset wanted;
        using (NftSocket first = NftSocket.Open(lab.Space))
        {
            Skip.IfNot(first.SupportsPersistentOwner(), "the kernel keeps no owned tables (needs Linux 6.9)");
            wanted = Layout.Inet(first.Protect(Layout.InetTable));
            first.Commit(NftDiff.Compute(wanted, first.Read(wanted.Table)));
            before = Rules(lab.Socket);

            lab.Nft("flush", "ruleset");
            Assert.Equal(before, Rules(lab.Socket));
            NetlinkException e = Assert.Throws<NetlinkException>(() => lab.Commit(tx => tx.In(wanted.Table).Delete()));
            Assert.Equal(Errno.EPERM, e.Errno);
            Assert.Equal(NftOwnership.OwnedByAnother, lab.Socket.TakeOwnership(wanted.Table));
            Assert.Equal(NftOwnership.Owned, first.TakeOwnership(wanted.Table));
            Assert.True(NftDiff.Compute(wanted, first.Read(wanted.Table)).IsEmpty);
        }

        // The owner is dead: the table stays, with nobody to protect it until it is adopted.
        Assert.Equal(before, Rules(lab.Socket));
        Assert.Null(lab.Socket.FindTable(wanted.Table)!.Owner);
        using NftSocket second = NftSocket.Open(lab.Space);
        Assert.Equal(NftOwnership.Owned, second.TakeOwnership(wanted.Table));
        Assert.Equal(second.PortId, second.FindTable(wanted.Table)!.Owner);
        lab.Nft("flush", "ruleset");
        Assert.Equal(before, Rules(lab.Socket));
        Assert.True(NftDiff.Compute(wanted, second.Read(wanted.Table)).IsEmpty);
    }

    [SkippableFact]
    public void The_diff_adopts_an_orphan_and_remakes_a_table_that_cannot_be_owned()
    {
        using NftLab lab = NftLab.Open();
        Skip.IfNot(lab.Socket.SupportsPersistentOwner(), "the kernel keeps no owned tables (needs Linux 6.9)");
        lab.Reconcile(Layout.Bridge());
        Assert.Equal(NftOwnership.NotAdoptable, lab.Socket.TakeOwnership(Layout.BridgeTable));
        NftRuleset wanted = Layout.Bridge(lab.Socket.Protect(Layout.BridgeTable));
        Assert.StartsWith("delete table bridge weft\nadd table bridge weft { flags owner,persist; }\n", lab.Reconcile(wanted).ToString(), StringComparison.Ordinal);
        Assert.True(NftDiff.Compute(wanted, lab.Socket.Read(wanted.Table)).IsEmpty);

        lab.Socket.Dispose();
        using NftSocket next = NftSocket.Open(lab.Space);
        NftTransaction adoption = NftDiff.Compute(wanted, next.Read(wanted.Table));
        Assert.Equal("add table bridge weft { flags owner,persist; }\n", adoption.ToString());
        next.Commit(adoption);
        Assert.Equal(next.PortId, next.FindTable(wanted.Table)!.Owner);
    }

    [SkippableFact]
    public void Asking_for_support_changes_nothing()
    {
        using NftLab lab = NftLab.Open();
        uint before = lab.Socket.Generation();
        lab.Socket.SupportsPersistentOwner();
        Assert.Equal(before, lab.Socket.Generation());
        Assert.Equal(NftOwnership.Missing, lab.Socket.TakeOwnership(Layout.InetTable));
    }

    private static string[] Rules(NftSocket socket) =>
        [.. socket.Rules(Layout.InetTable).Select(static rule => $"{rule.Chain} {rule.Handle} {rule.Comment} {Convert.ToHexString(rule.Expressions.Span)}")];
}
