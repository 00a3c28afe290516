using Weft.Contracts.Cni;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Nodes;
using Weft.TestSupport;
using RefusalReason = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Rules of other programs that end what containers send: told with the chain's name and what to do, in a namespace with such rules.</summary>
public sealed class OthersForwardingTests
{
    // As `iptables -S FORWARD` and `iptables -S DOCKER-USER` show them after Docker has started.
    private const string Docker = """
        iptables -N DOCKER
        iptables -N DOCKER-USER
        iptables -N DOCKER-ISOLATION-STAGE-1
        iptables -N DOCKER-ISOLATION-STAGE-2
        iptables -P FORWARD DROP
        iptables -A FORWARD -j DOCKER-USER
        iptables -A FORWARD -j DOCKER-ISOLATION-STAGE-1
        iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables -A FORWARD -o docker0 -j DOCKER
        iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        iptables -A FORWARD -i docker0 -o docker0 -j ACCEPT
        iptables -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
        iptables -A DOCKER-ISOLATION-STAGE-1 -j RETURN
        iptables -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
        iptables -A DOCKER-ISOLATION-STAGE-2 -j RETURN
        iptables -A DOCKER-USER -j RETURN
        """;

    // As ufw makes them with its default of refusing what is routed, shortened.
    private const string Ufw = """
        iptables -N ufw-before-forward
        iptables -N ufw-user-forward
        iptables -N ufw-reject-forward
        iptables -P FORWARD DROP
        iptables -A FORWARD -j ufw-before-forward
        iptables -A FORWARD -j ufw-reject-forward
        iptables -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables -A ufw-before-forward -p icmp --icmp-type 8 -j ACCEPT
        iptables -A ufw-before-forward -j ufw-user-forward
        """;

    // As firewalld 2 has them: no policy that drops, but a last rule that rejects.
    private const string Firewalld = """
        nft add table inet firewalld
        nft add chain inet firewalld filter_FORWARD '{ type filter hook forward priority filter + 10; policy accept; }'
        nft add chain inet firewalld filter_FORWARD_ZONES
        nft add chain inet firewalld filter_FWD_public
        nft add chain inet firewalld filter_FWD_public_allow
        nft add chain inet firewalld filter_FWD_trusted
        nft add rule inet firewalld filter_FORWARD ct state '{ established, related }' accept
        nft add rule inet firewalld filter_FORWARD iifname lo accept
        nft add rule inet firewalld filter_FORWARD ct state invalid drop
        nft add rule inet firewalld filter_FORWARD jump filter_FORWARD_ZONES
        nft add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited
        nft add rule inet firewalld filter_FORWARD_ZONES goto filter_FWD_public
        nft add rule inet firewalld filter_FWD_public jump filter_FWD_public_allow
        nft add rule inet firewalld filter_FWD_public reject with icmpx admin-prohibited
        nft add rule inet firewalld filter_FWD_public_allow oifname eth9 accept
        nft add rule inet firewalld filter_FWD_trusted accept
        """;

    [KernelTheory]
    [InlineData("nft add table inet mine; nft add chain inet mine fwd1 '{ type filter hook forward priority 5; policy drop; }'",
        "chain fwd1 of table inet mine (policy drop) drops what goes between containers of network default",
        "nft insert rule inet mine fwd1 iifname \"weft*\" accept")]
    [InlineData("ip6tables -P FORWARD DROP", "chain FORWARD of table ip6 filter (policy drop) drops IPv6 of what goes between containers", "ip6tables -I FORWARD -i weft+ -j ACCEPT")]
    [InlineData("nft add table ip mine; nft add chain ip mine fwd1 '{ type filter hook forward priority -5; }'; nft add rule ip mine fwd1 oifname != up0 counter drop",
        "chain fwd1 of table ip mine (by a rule of its own) drops IPv4 of what goes between containers", "nft insert rule ip mine fwd1")]
    [InlineData(Docker, "chain FORWARD of table ip filter (policy drop) drops IPv4 of what goes between containers", "iptables -I DOCKER-USER -o weft+ -j ACCEPT")]
    public async Task A_chain_that_lets_nothing_pass_is_told_and_makes_STATUS_51(string rules, string said, string advice)
    {
        await using TestNode node = await StartAsync();
        using OthersForwarding forwarding = Look(node);
        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace);
        await Service(node, forwarding).RequireAvailableAsync(Ask());

        Apply(node, rules);

        Condition condition = Report(node, forwarding);
        Assert.Equal(Health.Degraded, condition.Health);
        Assert.Contains(said, condition.Message, StringComparison.Ordinal);
        Assert.Contains(advice, condition.Message, StringComparison.Ordinal);
        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => Service(node, forwarding).RequireAvailableAsync(Ask()));
        Assert.Equal(RefusalReason.ConnectivityLimited, refused.Reason);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains(advice, refused.ToRefusal().Detail, StringComparison.Ordinal);
    }

    [KernelTheory]
    [InlineData(Ufw, "chain FORWARD of table ip filter (policy drop) drops IPv4 of what goes between containers of network default, but for what its other rules accept", "ufw route allow in on weft1")]
    [InlineData(Firewalld, "chain filter_FORWARD of table inet firewalld (by a rule of its own) drops what goes between containers", "firewall-cmd --permanent --zone=trusted --add-interface=weft1")]
    [InlineData("nft add table inet mine; nft add chain inet mine fwd1 '{ type filter hook forward priority 5; policy drop; }'; nft add rule inet mine fwd1 ip saddr 10.83.0.0/16 accept; nft add rule inet mine fwd1 ct state established accept",
        "but for what its other rules accept", "iifname \"weft*\" accept")]
    public async Task A_chain_that_may_let_something_pass_is_told_and_is_no_failure_of_STATUS(string rules, string said, string advice)
    {
        await using TestNode node = await StartAsync();
        using OthersForwarding forwarding = Look(node);
        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace);

        Apply(node, rules);

        Condition condition = Report(node, forwarding);
        Assert.Equal(Health.Degraded, condition.Health);
        Assert.Contains(said, condition.Message, StringComparison.Ordinal);
        Assert.Contains(advice, condition.Message, StringComparison.Ordinal);
        await Service(node, forwarding).RequireAvailableAsync(Ask());
    }

    [KernelTheory]
    [InlineData(Docker + "\niptables -I DOCKER-USER -i weft+ -j ACCEPT\niptables -I DOCKER-USER -o weft+ -j ACCEPT")]
    [InlineData(Docker + "\niptables -I FORWARD -i weft1 -m comment --comment mine -j ACCEPT\niptables -I FORWARD -o weft1 -j ACCEPT")]
    [InlineData(Ufw + "\niptables -A ufw-user-forward -i weft1 -j ACCEPT\niptables -A ufw-user-forward -o weft1 -j ACCEPT")]
    [InlineData(Firewalld + "\nnft insert rule inet firewalld filter_FORWARD_ZONES iifname weft1 goto filter_FWD_trusted")]
    [InlineData("nft add table inet mine; nft add chain inet mine fwd1 '{ type filter hook forward priority 5; }'; nft add rule inet mine fwd1 ct state invalid drop; nft add rule inet mine fwd1 iifname eth9 drop")]
    [InlineData("nft add table ip mine; nft add chain ip mine in1 '{ type filter hook input priority 5; policy drop; }'")]
    [InlineData("nft add table inet mine; nft add chain inet mine fwd1 '{ type filter hook forward priority 5; policy drop; }'; nft add rule inet mine fwd1 iifname 'weft*' counter accept; nft add rule inet mine fwd1 oifname 'weft*' log accept")]
    public async Task What_lets_containers_packets_pass_is_all_right(string rules)
    {
        await using TestNode node = await StartAsync();
        using OthersForwarding forwarding = Look(node);

        Apply(node, rules);

        Condition condition = Report(node, forwarding);
        Assert.True(condition.Health == Health.Ok, condition.Message);
    }

    [KernelFact]
    public async Task The_advice_helps()
    {
        await using TestNode node = await StartAsync();
        using OthersForwarding forwarding = Look(node);
        Apply(node, Docker);
        Condition condition = Report(node, forwarding);
        Assert.Equal(Health.Degraded, condition.Health);

        foreach (string command in condition.Message.Split('`').Where((_, i) => i % 2 == 1))
        {
            node.Namespace.Sh(command);
        }

        Assert.Equal(Health.Ok, Report(node, forwarding).Health);
    }

    [KernelFact]
    public async Task Without_an_uplink_only_what_goes_between_containers_counts()
    {
        await using TestNode node = await TestNode.StartAsync();
        using OthersForwarding forwarding = Look(node);
        Apply(node, "nft add table inet mine; nft add chain inet mine fwd1 '{ type filter hook forward priority 5; policy drop; }'; nft add rule inet mine fwd1 iifname weft1 oifname weft1 accept");

        Assert.Equal(Health.Ok, Report(node, forwarding).Health);
        node.GiveUplink();
        Assert.Contains("from containers of network default to the outside", Report(node, forwarding).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Tables_of_iptables_legacy_are_named_though_their_rules_are_not_seen()
    {
        await using TestNode node = await StartAsync();
        using OthersForwarding forwarding = Look(node);
        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace);
        Assert.DoesNotContain("legacy", Report(node, forwarding).Message, StringComparison.Ordinal);
        KernelRequirement.Need(node.Namespace.Exec("iptables-legacy", "-P", "FORWARD", "DROP").ExitCode == 0, "needs iptables-legacy and ip_tables");
        KernelRequirement.Need(node.Namespace.Exec("ip6tables-legacy", "-t", "mangle", "-S").ExitCode == 0, "needs ip6tables-legacy and ip6_tables");

        Condition condition = Report(node, forwarding);

        const string hint = "; iptables-legacy has filter and ip6tables-legacy has mangle, whose rules weftd cannot see and which may drop containers' packets: look with `iptables-legacy-save` and `ip6tables-legacy-save`";
        Assert.Equal(Health.Ok, condition.Health);
        Assert.EndsWith(hint, condition.Message, StringComparison.Ordinal);
        Apply(node, "nft add table inet mine; nft add chain inet mine fwd1 '{ type filter hook forward priority 5; policy drop; }'");
        Assert.EndsWith(hint, Report(node, forwarding).Message, StringComparison.Ordinal);
        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => Service(node, forwarding).RequireAvailableAsync(Ask()));
        Assert.Contains(hint, refused.ToRefusal().Detail, StringComparison.Ordinal);
    }

    private static async Task<TestNode> StartAsync()
    {
        TestNode node = await TestNode.StartAsync();
        node.GiveUplink();
        return node;
    }

    private static OthersForwarding Look(TestNode node) => new(node.Catalog, UnderlayChoice.ByDefaultRoute, node.Namespace.Namespace);

    private static AttachmentService Service(TestNode node, OthersForwarding forwarding)
    {
        node.Service.Forwarding = forwarding;
        return node.Service;
    }

    private static void Apply(TestNode node, string rules) => node.Namespace.Exec("sh", "-ec", rules).Ok();

    private static Condition Report(TestNode node, OthersForwarding forwarding)
    {
        forwarding.Report(node.Health);
        var status = new StatusReply();
        node.Health.FillIn(status);
        return Assert.Single(status.Conditions, c => c.Name == HealthBoard.Forwarding);
    }

    private static StatusRequest Ask() => new() { Network = TestNode.CniNetwork };
}
