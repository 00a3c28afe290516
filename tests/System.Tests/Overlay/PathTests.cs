using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>What is wrong with the way to another node is found by probes, and told.</summary>
public sealed class PathTests
{
    [KernelTheory]
    [InlineData(Underlay.Router)]
    [InlineData(Underlay.RouterIPv6)]
    public async Task A_router_that_swallows_large_packets_is_told_with_the_size_that_fits_and_its_repair_too(Underlay underlay)
    {
        await using Cluster cluster = await Cluster.StartAsync(1, underlay);
        await cluster.Wire.ScriptAsync("""
            nft add table inet hole
            nft add chain inet hole forward '{ type filter hook forward priority 0; }'
            nft add rule inet hole forward meta length gt 1400 drop
            """);
        await cluster.JoinAsync();
        int fits = cluster.ContainerMtu - 100;

        foreach ((int from, int to) in ((int, int)[])[(1, 2), (2, 1)])
        {
            await Until.TrueAsync(
                $"node-{from} names node-{to} and {fits}",
                async () => await Cluster.ConditionAsync(cluster[from], "paths") is { Health: "Degraded" } c
                    && c.Message.Contains($"packets of more than {fits} bytes to node node-{to} ({cluster.AddressOf(to)}) are lost", StringComparison.Ordinal)
                    && c.Message.Contains($"mtu: {fits}", StringComparison.Ordinal),
                cluster.Describe);
        }
        JsonElement path = (await cluster[1].WeftAsync("get", "node", "node-2", "-o", "json")).Json().GetProperty("status").GetProperty("path");
        Assert.Equal(("Narrow", fits, cluster.ContainerMtu), (path.GetProperty("state").GetString(), path.GetProperty("mtu").GetInt32(), path.GetProperty("wantedMtu").GetInt32()));

        await cluster.Wire.ScriptAsync("nft delete table inet hole");
        await Until.TrueAsync("it is noticed", async () => (await Cluster.ConditionAsync(cluster[1], "paths")).Health == "OK", cluster.Describe);
    }

    [KernelFact]
    public async Task A_blocked_port_is_told_from_a_weftd_that_does_not_run()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, Underlay.Router);
        await Until.TrueAsync(
            "all is well",
            async () => await Cluster.ConditionAsync(cluster[1], "paths") is { Health: "OK" } c && c.Message.Contains("full size reach 1 of 1", StringComparison.Ordinal),
            cluster.Describe);
        Assert.Equal("OK", (await Cluster.ConditionAsync(cluster[1], "checksums")).Health);
        await cluster.Wire.ScriptAsync("""
            nft add table inet block
            nft add chain inet block forward '{ type filter hook forward priority 0; }'
            nft add rule inet block forward ip daddr 198.18.3.0/24 udp dport 4789 drop
            """);
        await cluster.JoinAsync();

        await Until.TrueAsync(
            "the port is named",
            async () => await Cluster.ConditionAsync(cluster[1], "paths") is { Health: "Degraded" } c
                && c.Message.Contains("node node-3 (198.18.3.1) is unreachable", StringComparison.Ordinal) && c.Message.Contains("UDP 4789", StringComparison.Ordinal),
            cluster.Describe);

        Assert.Equal(0, await cluster[3].Weftd.StopAsync());
        await Until.TrueAsync(
            "nobody answers there, and that is no fault of the way",
            async () => await Cluster.ConditionAsync(cluster[1], "paths") is { Health: "OK" } c && c.Message.Contains("1 away", StringComparison.Ordinal),
            cluster.Describe);
    }

    [KernelFact]
    public async Task A_device_that_damages_checksums_is_found_out_and_stays_mended_over_restarts_and_new_devices()
    {
        await using Cluster cluster = await Cluster.StartAsync(1);
        using var broken = new BrokenNic(cluster.Wire.Namespace, "port1", "wire");
        await cluster.JoinAsync();
        await Until.TrueAsync(
            "the damage is told",
            async () => await Cluster.ConditionAsync(cluster[1], "checksums") is { Health: "Degraded" } c && c.Message.Contains("node-2", StringComparison.Ordinal),
            cluster.Describe);
        Assert.NotEqual(0, broken.Damaged);
        Assert.Equal("OK", (await Cluster.ConditionAsync(cluster[2], "checksums")).Health);

        await RequireSoftwareAsync(cluster[1]);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Assert.Equal(a.Result.IPv4, await Conversation.TcpAsync(a.Space, b.Space, b.Result.IPv4));
        Assert.Equal(b.Result.IPv6, await Conversation.TcpAsync(b.Space, a.Space, a.Result.IPv6));

        await cluster[1].Weftd.KillAsync();
        await cluster[1].StartWeftdAsync();
        Assert.Equal(0, (await cluster[1].StatusAsync()).GetProperty("reconcileOperations").GetInt64());
        Assert.Equal("Degraded", (await Cluster.ConditionAsync(cluster[1], "checksums")).Health);
        await RequireSoftwareAsync(cluster[1]);

        await cluster[1].Space.ScriptAsync($"ip link del {Cluster.Tunnel}");
        await cluster.ReachAsync(a, b);
        await Until.TrueAsync("the new device computes in software", async () => await ComputesInSoftwareAsync(cluster[1]), cluster.Describe);
    }

    [KernelFact]
    public async Task Containers_that_were_started_while_more_fitted_announce_segments_that_fit()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        foreach (Container container in (Container[])[a, b])
        {
            await container.Space.ScriptAsync($$"""
                ip link set eth0 mtu 9000
                nft add table inet seen
                nft add chain inet seen input '{ type filter hook input priority 0; }'
                nft add counter inet seen fits
                nft add rule inet seen input meta nfproto ipv4 tcp flags syn / syn,rst tcp option maxseg size {{cluster.ContainerMtu - 40}} counter name fits
                nft add rule inet seen input meta nfproto ipv6 tcp flags syn / syn,rst tcp option maxseg size {{cluster.ContainerMtu - 60}} counter name fits
                """);
        }

        await Conversation.TcpAsync(a.Space, b.Space, b.Result.IPv4);
        await Conversation.TcpAsync(a.Space, b.Space, b.Result.IPv6);

        // The SYNs there and the answers to them.
        Assert.Equal(2, await FittingAsync(b));
        Assert.Equal(2, await FittingAsync(a));
    }

    private static async Task RequireSoftwareAsync(Node node) => Assert.True(await ComputesInSoftwareAsync(node), node.Weftd.Log);

    private static async Task<bool> ComputesInSoftwareAsync(Node node) =>
        (await node.Space.RunAsync("ethtool", "-k", Cluster.Tunnel)).Output.Contains("tx-checksum-ip-generic: off", StringComparison.Ordinal);

    private static async Task<long> FittingAsync(Container container) =>
        (await container.Space.RunAsync("nft", "-j", "list", "counter", "inet", "seen", "fits")).Json().GetProperty("nftables")[1].GetProperty("counter").GetProperty("packets").GetInt64();
}
