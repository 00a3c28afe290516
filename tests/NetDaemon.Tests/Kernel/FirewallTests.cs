using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>The tables in a real kernel, read by nft.</summary>
public sealed class FirewallTests : IDisposable
{
    private readonly TestNamespace _node = new();

    public void Dispose() => _node.Dispose();

    [KernelFact]
    public void Every_rule_and_element_of_the_plan_is_read_back_equal()
    {
        using Firewall firewall = Open();

        AssertDone(Reconcile(firewall));

        ReconcileReport second = Reconcile(firewall);
        Assert.Equal((0, 0), (second.Operations, second.Problems.Count));
        string rules = _node.Sh("nft list ruleset");
        Assert.Contains("\"wfta\" . 02:01:02:03:04:06 . 10.83.0.1", rules, StringComparison.Ordinal);
        Assert.Contains("172.20.0.64/26", rules, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Nobody_else_can_change_tables_that_are_owned()
    {
        using Firewall firewall = Open();
        Reconcile(firewall);
        RequireOwnership();
        string before = _node.Sh("nft list ruleset");

        _node.Exec("nft", "flush", "ruleset");
        Assert.NotEqual(0, _node.Exec("nft", "delete", "table", "inet", "weft").ExitCode);
        Assert.NotEqual(0, _node.Exec("nft", "flush", "chain", "bridge", "weft", "port").ExitCode);

        Assert.Equal(before, _node.Sh("nft list ruleset"));
        Assert.Equal(0, Reconcile(firewall).Operations);
    }

    [KernelFact]
    public void Rules_outlive_their_owner_and_the_next_one_takes_them_over()
    {
        using (Firewall first = Open())
        {
            Reconcile(first);
        }
        string before = _node.Sh("nft list table inet weft") + _node.Sh("nft list table bridge weft");
        Assert.Contains("endpoints4", before, StringComparison.Ordinal);

        using Firewall second = Open();
        ReconcileReport report = Reconcile(second);

        AssertDone(report);
        Assert.True(report.Operations <= 2, string.Join('\n', report.Changes));      // the adoption of each table
        Assert.Equal(0, Reconcile(second).Operations);
        RequireOwnership();
        Assert.NotEqual(0, _node.Exec("nft", "delete", "table", "inet", "weft").ExitCode);
    }

    [KernelFact]
    public void A_second_weftd_is_told_that_another_owns_the_tables_and_changes_nothing()
    {
        using Firewall first = Open();
        Reconcile(first);
        RequireOwnership();
        string before = _node.Sh("nft list ruleset");

        using Firewall second = Open();
        ReconcileReport report = Reconcile(second);

        Assert.Equal(0, report.Operations);
        Assert.Contains("another process owns", Assert.Single(report.Problems), StringComparison.Ordinal);
        Assert.Equal(before, _node.Sh("nft list ruleset"));
    }

    [KernelFact]
    public void Without_ownership_others_can_flush_and_the_next_look_repairs()
    {
        using Firewall firewall = Open(NftablesOwner.Off);
        Reconcile(firewall);
        string before = _node.Sh("nft list ruleset");
        foreach (string damage in (string[])
        [
            "nft flush ruleset",
            "nft delete table inet weft",
            "nft flush chain bridge weft port",
            "nft flush set inet weft endpoints4",
            "nft add element inet weft endpoints4 { 203.0.113.9 }",
            "nft insert rule inet weft containers accept",
            "nft add chain inet weft mine",
        ])
        {
            _node.Sh(damage);

            ReconcileReport repair = Reconcile(firewall);

            AssertDone(repair);
            Assert.True(repair.Operations > 0, damage);
            Assert.Equal(before, _node.Sh("nft list ruleset"));
            Assert.Equal(0, Reconcile(firewall).Operations);
        }
    }

    [KernelFact]
    public void Ownership_can_be_switched_off_and_on_again()
    {
        foreach (NftablesOwner owner in (NftablesOwner[])[NftablesOwner.Auto, NftablesOwner.Off, NftablesOwner.Auto])
        {
            using Firewall firewall = Open(owner);
            AssertDone(Reconcile(firewall));
            Assert.Equal(0, Reconcile(firewall).Operations);
            Assert.Contains("172.20.0.65", _node.Sh("nft list table inet weft"), StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public void Permit_and_revoke_are_whole_and_can_be_repeated()
    {
        using Firewall firewall = Open();
        IReadOnlyList<AttachmentRecord> all = Plans.Attachments();
        firewall.Reconcile(Plans.Networks(), Plans.Blocks(), [.. all.Skip(1)]);
        string without = _node.Sh("nft list ruleset");
        Assert.Equal(4, firewall.Missing(all[0]).Count());

        firewall.Permit(all[0], Plans.Blocks());
        Assert.Empty(firewall.Missing(all[0]));
        Assert.Equal(0, Reconcile(firewall).Operations);
        firewall.Permit(all[0], Plans.Blocks());

        firewall.Revoke(all[0]);
        firewall.Revoke(all[0]);
        Assert.Equal(without, _node.Sh("nft list ruleset"));
    }

    [KernelFact]
    public void What_is_left_of_a_half_revoked_attachment_is_revoked()
    {
        using Firewall firewall = Open(NftablesOwner.Off);
        IReadOnlyList<AttachmentRecord> all = Plans.Attachments();
        Reconcile(firewall);
        _node.Sh("nft delete element inet weft endpoints4 { 10.83.0.1 }");
        Assert.Equal(["the element 10.83.0.1 of inet weft"], firewall.Missing(all[0]));

        firewall.Revoke(all[0]);

        Assert.Equal(4, firewall.Missing(all[0]).Count());
        Assert.Empty(firewall.Missing(all[1]));
    }

    [KernelFact]
    public void An_attachment_of_a_new_block_brings_its_block_along()
    {
        using Firewall firewall = Open();
        IReadOnlyList<AttachmentRecord> all = Plans.Attachments();
        firewall.Reconcile(Plans.Networks(), [], []);
        Assert.Equal(Plans.Blocks(), firewall.UnknownOf(Plans.Blocks()));

        firewall.Permit(all[0], [Plans.Blocks()[0], Plans.Blocks()[2]]);

        Assert.Equal([Plans.Blocks()[1]], firewall.UnknownOf(Plans.Blocks()));
        Assert.Contains("10.83.0.0/26", _node.Sh("nft list set inet weft blocks4"), StringComparison.Ordinal);
    }

    [KernelFact]
    public void A_permit_without_tables_fails_whole()
    {
        using Firewall firewall = Open();

        Assert.Throws<Dataplane.Netlink.NetlinkException>(() => firewall.Permit(Plans.Attachments()[0], Plans.Blocks()));

        Assert.Equal(Plans.Blocks(), firewall.UnknownOf(Plans.Blocks()));
        Assert.Equal("", _node.Sh("nft list ruleset"));
        Assert.Equal(["the table bridge weft"], firewall.Missing(Plans.Attachments()[0]));
    }

    private Firewall Open(NftablesOwner owner = NftablesOwner.Auto) => Firewall.Open(owner, _node.Namespace);

    private static ReconcileReport Reconcile(Firewall firewall) => firewall.Reconcile(Plans.Networks(), Plans.Blocks(), Plans.Attachments());

    private static void AssertDone(ReconcileReport report) => Assert.Empty(report.Problems);

    private void RequireOwnership() => KernelRequirement.KernelFeature(
        _node.Sh("nft list table inet weft").Contains("owner", StringComparison.Ordinal), "persistent owner of nf_tables tables (6.9 and newer)");
}
