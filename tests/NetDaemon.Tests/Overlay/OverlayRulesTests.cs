using System.Net;
using System.Net.Sockets;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Overlay;

/// <summary>Who may send through the tunnels: real packets against the rules of one node.</summary>
public sealed class OverlayRulesTests
{
    [KernelTheory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void Known_nodes_pass_untracked_and_a_second_look_changes_nothing(AddressFamily underlay)
    {
        using var lab = new OverlayLab(2, underlay: underlay);
        lab.Reconcile();
        using Firewall firewall = Protect(lab);
        lab[1].Reaches(lab[2]);
        lab[2].Reaches(lab[1]);
        Assert.Equal(0, Reconcile(firewall, lab).Operations);
        Assert.Contains("notrack", lab[1].Namespace.Sh("nft list chain inet weft output"), StringComparison.Ordinal);
    }

    [KernelFact]
    public void A_node_that_is_not_known_is_dropped()
    {
        using var lab = new OverlayLab(3);
        lab.Reconcile();
        using Firewall firewall = Protect(lab, OverlayLab.Facts(2));
        lab[2].Reaches(lab[1]);
        Assert.NotEqual(0, Ping(lab[3], lab[3].Container4, lab[1].Container4));
        Assert.NotEqual(0, Ping(lab[3], lab[3].Container6, lab[1].Container6));
    }

    [KernelFact]
    public void A_node_does_not_speak_for_addresses_of_another()
    {
        using var lab = new OverlayLab(3);
        lab.Reconcile();
        using Firewall firewall = Protect(lab);
        lab[2].Namespace.Sh($"ip addr add {lab[3].Container4}/32 dev lo");
        lab[2].Namespace.Sh($"ip addr add {lab[3].Container6}/128 dev lo nodad");
        Ping(lab[2], lab[3].Container4, lab[1].Container4);
        Ping(lab[2], lab[3].Container6, lab[1].Container6);
        Assert.Contains("counter packets 2 ", lab[1].Namespace.Sh("nft list chain inet weft tunnel"), StringComparison.Ordinal);
        lab[2].Reaches(lab[1]);
    }

    [KernelFact]
    public void A_node_itself_reaches_containers_elsewhere()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        using Firewall firewall = Protect(lab);
        Assert.Equal(0, Ping(lab[2], IPAddress.Parse("192.0.2.2"), lab[1].Container4));
    }

    [KernelFact]
    public void Vxlan_of_another_program_on_the_same_port_is_left_alone()
    {
        using var lab = new OverlayLab(2);
        lab.Reconcile();
        using Firewall firewall = Protect(lab, []);
        foreach (OverlayLab.LabNode node in lab.Nodes)
        {
            node.Namespace.Sh($"ip link add theirs type vxlan id 77 dstport 4789 local 192.0.2.{node.Number} remote 192.0.2.{3 - node.Number}");
            node.Namespace.Sh($"ip addr add 198.51.100.{node.Number}/24 dev theirs");
            node.Namespace.Sh("ip link set theirs up");
        }
        Assert.Equal(0, Ping(lab[2], IPAddress.Parse("198.51.100.2"), IPAddress.Parse("198.51.100.1")));
    }

    [KernelFact]
    public void A_node_that_joins_is_one_transaction_of_its_own_elements()
    {
        using var lab = new OverlayLab(1);
        lab.Reconcile();
        using Firewall firewall = Protect(lab, [.. Enumerable.Range(2, 50).Select(n => OverlayLab.Facts((uint)n))]);
        ReconcileReport joined = Reconcile(firewall, lab, [.. Enumerable.Range(2, 51).Select(n => OverlayLab.Facts((uint)n))]);
        Assert.Empty(joined.Problems);
        // Its blocks and its own addresses, of either family, are in one set.
        Assert.Equal(1, joined.Operations);
        string senders = lab[1].Namespace.Sh("nft list set inet weft senders4");
        Assert.Contains("192.0.2.52 . 0.16.1.26 . ::ffff:10.83.52.0", senders, StringComparison.Ordinal);
        Assert.Contains("192.0.2.52 . 0.16.1.32 . ::ffff:192.0.2.52", senders, StringComparison.Ordinal);
        // nft(8) has aborted on rules that the kernel runs rightly: administrators must be able to list these.
        Assert.Contains("@senders4", lab[1].Namespace.Sh("nft list chain inet weft tunnel"), StringComparison.Ordinal);
        Assert.Contains("senders4", lab[1].Namespace.Sh("nft -j list table inet weft"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_overlays_there_is_no_rule_of_theirs() => Assert.DoesNotContain(
        FirewallPlan.Build(RoutedRules.Table, BridgedRules.Table, NetworkSnapshot.Empty, [], []).Routed.Chains,
        c => c.Name is "tunnel" or "segment");

    [Fact]
    public void Ranges_of_one_node_do_not_overlap()
    {
        OverlayNode node = OverlayLab.Facts(2);
        node = node with { Blocks = [.. node.Blocks, Cidr.Create(node.Blocks[0].AddressAt(5), 32)] };
        OverlayPeer peer = Assert.Single(OverlayPlan.Build(new OverlayNetwork { Name = "default", Number = 1, Vni = 1 }, OverlayLab.Facts(1), [node]).Peers);
        Assert.Equal(4, OverlaySets.SendersOf(peer).Count);
    }

    private static Firewall Protect(OverlayLab lab, params OverlayNode[]? nodes)
    {
        Firewall firewall = Firewall.Open(NftablesOwner.Auto, lab[1].Namespace.Namespace);
        Assert.Empty(Reconcile(firewall, lab, nodes is { Length: > 0 } ? nodes : null).Problems);
        return firewall;
    }

    private static ReconcileReport Reconcile(Firewall firewall, OverlayLab lab, OverlayNode[]? nodes = null) =>
        firewall.Reconcile(NetworkSnapshot.Empty, [], [], [lab[1].Plan(nodes)]);

    private static int Ping(OverlayLab.LabNode from, IPAddress source, IPAddress target) =>
        from.Namespace.Exec("ping", "-c", "1", "-W", "1", "-I", $"{source}", $"{target}").ExitCode;
}
