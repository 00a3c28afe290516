using System.Net;
using System.Net.Sockets;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Overlay.Probes;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Overlay.Probes;

/// <summary>Probes between namespaces, through real tunnels and past the real rules.</summary>
public sealed class ProbeKernelTests
{
    [KernelTheory]
    [InlineData(AddressFamily.InterNetwork, 1450)]
    [InlineData(AddressFamily.InterNetworkV6, 1430)]
    public async Task Packets_of_full_size_arrive_and_a_link_that_carries_less_is_measured_to_the_byte(AddressFamily underlay, int full)
    {
        await using var lab = new ProbeLab(underlay);
        Assert.Equal(new PathFinding(PathState.Open, full), await lab.SearchAsync(1));
        Assert.Equal(new PathFinding(PathState.Open, full), await lab.SearchAsync(2));

        Swallow(lab);

        Assert.Equal(new PathFinding(PathState.Narrow, full - 100), await lab.SearchAsync(1));
        lab.Nodes.Switch.Sh("nft delete table bridge hole");
        Assert.Equal(new PathFinding(PathState.Open, full), await lab.SearchAsync(1));
    }

    [KernelFact]
    public async Task An_uplink_of_this_node_that_carries_less_than_it_says_is_noticed()
    {
        await using var lab = new ProbeLab(AddressFamily.InterNetwork);
        lab.Nodes[1].Namespace.Sh("ip link set eth0 mtu 1400");
        // The kernel would cut what is too large, and the other end put it together again.
        Assert.Equal(new PathFinding(PathState.Fragmented, 1350), await lab.SearchAsync(1));
    }

    [KernelFact]
    public async Task A_port_that_is_blocked_is_silence_in_the_direction_that_is_blocked_or_both()
    {
        await using var lab = new ProbeLab(AddressFamily.InterNetwork);
        Block(lab);
        Assert.Equal(PathState.Silent, (await lab.SearchAsync(1)).State);
        lab.Nodes[2].Namespace.Sh("nft delete table inet block");
        Assert.Equal(PathState.Open, (await lab.SearchAsync(1)).State);
    }

    [KernelFact]
    public async Task Without_need_of_a_tunnel_what_is_tried_is_as_long_as_what_is_sent()
    {
        await using var lab = new ProbeLab(AddressFamily.InterNetwork, direct: true);
        Assert.Equal(new PathFinding(PathState.Open, 1450), await lab.SearchAsync(1));
        Swallow(lab);
        Assert.Equal(new PathFinding(PathState.Narrow, 1400), await lab.SearchAsync(1));
    }

    [KernelTheory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task Checksums_that_are_left_to_devices_arrive_where_devices_work(AddressFamily underlay)
    {
        await using var lab = new ProbeLab(underlay);
        Assert.True(await lab.Exchange(1).TryChecksumsAsync(CancellationToken.None));
        Assert.True(await lab.Exchange(2).TryChecksumsAsync(CancellationToken.None));
    }

    [KernelTheory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task A_device_that_does_not_finish_inner_checksums_is_found_out_and_software_mends_it(AddressFamily underlay)
    {
        await using var lab = new ProbeLab(underlay);
        using var broken = new BrokenNic(lab.Nodes.Switch, "port1", "br0");

        Assert.True(await lab.Exchange(1).AskAsync(1400, false, CancellationToken.None));
        Assert.False(await lab.Exchange(1).TryChecksumsAsync(CancellationToken.None));
        // It damages what its own node sends, and nothing else.
        Assert.True(await lab.Exchange(2).TryChecksumsAsync(CancellationToken.None));

        lab.Nodes[1].Reconciler.SoftwareChecksums = true;
        Assert.Contains("ethtool --features weft1x tx-checksum-ip-generic off", lab.Nodes[1].Run().Changes);
        Assert.True(await lab.Exchange(1).TryChecksumsAsync(CancellationToken.None));
        Assert.Empty(lab.Nodes[1].Run().Changes);
        Assert.Contains("tx-checksum-ip-generic: off", lab.Nodes[1].Namespace.Sh("ethtool -k weft1x"), StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_device_that_is_made_anew_computes_in_software_too()
    {
        await using var lab = new ProbeLab(AddressFamily.InterNetwork);
        lab.Nodes[1].Reconciler.SoftwareChecksums = true;
        Assert.Empty(lab.Nodes[1].Run().Problems);
        lab.Nodes[1].Namespace.Sh("ip link del weft1x");
        Assert.Empty(lab.Nodes[1].Run().Problems);
        Assert.Contains("tx-checksum-ip-generic: off", lab.Nodes[1].Namespace.Sh("ethtool -k weft1x"), StringComparison.Ordinal);
        Assert.Empty(lab.Nodes[1].Run().Changes);
    }

    [KernelFact]
    public async Task A_node_that_asks_in_the_name_of_another_is_dropped_before_it_is_heard()
    {
        await using var lab = new ProbeLab(AddressFamily.InterNetwork);
        OverlayLab.LabNode forger = lab.Nodes[2];
        forger.Namespace.Sh("ip addr add 192.0.2.77/24 dev eth0");
        OverlayPlan plan = OverlayPlan.Build(lab.Nodes.Network, OverlayLab.Facts(2) with { Underlay4 = IPAddress.Parse("192.0.2.77") }, forger.Known);
        await using ProbeWire wire = ProbeWire.Open(plan, forger.Reconciler.IndexOf(plan.Network.Device), TimeProvider.System, forger.Namespace.Namespace);
        // Outside it is node 2 all the same.
        forger.Namespace.Sh("nft add table ip forge");
        forger.Namespace.Sh("nft add chain ip forge out { type filter hook postrouting priority 0 ; }");
        forger.Namespace.Sh("nft add rule ip forge out udp dport 4789 ip saddr set 192.0.2.2");

        Assert.False(await new ProbeExchange(wire, lab.Targets[1], new PacketBudget(1000, TimeProvider.System), TimeProvider.System).AskAsync(100, false, CancellationToken.None));

        Assert.Contains("counter packets 3 ", lab.Nodes[1].Namespace.Sh("nft list chain inet weft tunnel"), StringComparison.Ordinal);
    }

    /// <summary>A switch that carries 1400 bytes drops what is longer, and tells nobody.</summary>
    private static void Swallow(ProbeLab lab)
    {
        lab.Nodes.Switch.Sh("nft add table bridge hole");
        lab.Nodes.Switch.Sh("nft add chain bridge hole forward { type filter hook forward priority 0 ; }");
        lab.Nodes.Switch.Sh("nft add rule bridge hole forward meta length gt 1400 drop");
    }

    private static void Block(ProbeLab lab)
    {
        lab.Nodes[2].Namespace.Sh("nft add table inet block");
        lab.Nodes[2].Namespace.Sh("nft add chain inet block in { type filter hook input priority 0 ; }");
        lab.Nodes[2].Namespace.Sh("nft add rule inet block in udp dport 4789 drop");
    }
}
