using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public class DiffTests
{
    public static TheoryData<string> Harm => new()
    {
        "flush ruleset",
        "flush table inet weft",
        "flush chain inet weft forward",
        "insert rule inet weft forward accept",
        "add rule inet weft i_db accept",
        "delete element inet weft known4 { 10.77.0.2 }",
        "add element inet weft known4 { 10.66.0.2 }",
        "add element inet weft pools4 { 10.66.0.0/24 }",
        "delete element inet weft egress { 10.77.0.2 }",
        "add chain inet weft forward { policy drop; }",
        "add chain inet weft intruder { type filter hook forward priority -10; policy drop; }",
        "add chain inet weft a; add chain inet weft b; add rule inet weft a jump b; add rule inet weft forward jump a",
        "add set inet weft strange { type ipv4_addr . mark; flags interval; }; add rule inet weft forward ip saddr . meta mark @strange drop",
        "add map inet weft loose { type ipv4_addr : verdict; }; add chain inet weft c; add element inet weft loose { 1.1.1.1 : jump c }",
        "delete map inet weft class",
        "flush chain inet weft postrouting; delete set inet weft pools6; add set inet weft pools6 { type ipv6_addr; }",
        "flush chain inet weft postrouting; delete chain inet weft postrouting; add chain inet weft postrouting { type nat hook postrouting priority 200; }",
        "add counter inet weft odd",
    };

    [SkippableTheory]
    [MemberData(nameof(Harm))]
    public void Harm_done_to_the_table_is_repaired(string harm)
    {
        using NftLab lab = NftLab.Open();
        NftRuleset wanted = Layout.Inet();
        lab.Reconcile(wanted);
        string before = lab.Nft("list", "ruleset");
        if (harm == "delete map inet weft class")
        {
            harm = "flush chain inet weft forward; " + harm;
        }
        lab.Script(harm.Replace("; add", "\nadd", StringComparison.Ordinal).Replace("; delete", "\ndelete", StringComparison.Ordinal));
        Assert.NotEqual(before, lab.Nft("list", "ruleset"));
        Assert.False(lab.Reconcile(wanted).IsEmpty);
        Assert.True(NftDiff.Compute(wanted, lab.Socket.Read(wanted.Table)).IsEmpty);
        Assert.Equal(Sorted(before), Sorted(lab.Nft("list", "ruleset")));
    }

    [SkippableFact]
    public void A_changed_set_chain_and_rule_are_remade_in_one_step()
    {
        using NftLab lab = NftLab.Open();
        lab.Reconcile(Layout.Inet());
        uint before = lab.Socket.Generation();
        NftRuleset wanted = Layout.Inet();
        var changed = new NftRuleset(wanted.Table);
        foreach (NftSet set in wanted.Sets)
        {
            NftSet now = set.Name is "known4" ? set with { Size = 4096 } : set.Name is "class_chain" ? set with { Size = 64 } : set;
            changed.Add(now, wanted.ElementsOf(set.Name));
        }
        foreach (NftChain chain in wanted.Chains)
        {
            NftChain now = chain.Name is "input" ? chain with { Base = chain.Base! with { Priority = 5 } } : chain;
            changed.Add(now, [.. wanted.RulesOf(chain.Name)]);
        }
        lab.Reconcile(changed);
        Assert.Equal(before + 1, lab.Socket.Generation());
        Assert.True(NftDiff.Compute(changed, lab.Socket.Read(wanted.Table)).IsEmpty);
        lab.Reconcile(wanted);
        Assert.True(NftDiff.Compute(wanted, lab.Socket.Read(wanted.Table)).IsEmpty);
    }

    [SkippableFact]
    public void Other_tables_are_left_alone()
    {
        using NftLab lab = NftLab.Open();
        lab.Script("add table ip other\nadd chain ip other c\nadd rule ip other c accept");
        lab.Reconcile(Layout.Inet());
        lab.Commit(tx => tx.In(Layout.InetTable).Delete());
        Assert.Contains("accept", lab.Lines("list", "ruleset"));
    }

    private static string[] Sorted(string listing) => [.. listing.Split('\n').Select(static line => line.Trim()).Order(StringComparer.Ordinal)];
}
