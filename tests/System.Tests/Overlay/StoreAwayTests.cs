using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>etcd stops: what runs goes on, what starts within a node's blocks starts, and all is well again when it is back.</summary>
public sealed class StoreAwayTests
{
    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_etcd_is_away_traffic_flows_and_containers_come_and_go(bool hangs)
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            await StopAsync(cluster, hangs);
            await Until.TrueAsync(
                "status says since when",
                async () => await Cluster.ConditionAsync(cluster[1], "store") is { Health: "Degraded" } c && c.Message.Contains("away since 20", StringComparison.Ordinal),
                cluster.Describe);
            Container late = await cluster[1].AttachAsync();
            await cluster.ReachAsync(late, b);
            await late.DelAsync();
            Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        });

        await GoOnAsync(cluster, hangs);
        await Until.TrueAsync("the store is well", async () => (await Cluster.ConditionAsync(cluster[1], "store")).Health == "OK", cluster.Describe);
        Node third = await cluster.JoinAsync();
        Container c = await third.AttachAsync();
        await cluster.ReachAsync(a, c);
        await cluster.ReachAsync(b, c);
    }

    [KernelFact]
    public async Task A_weftd_that_starts_while_etcd_is_away_changes_nothing_and_loses_no_packet()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        // The copy on disk is written some seconds after a change, and at the end.
        Assert.Equal(0, await cluster[1].Weftd.StopAsync());
        await cluster[1].StartWeftdAsync();
        string before = await KernelState.TextAsync(cluster[1].Space);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            await cluster.Etcd.KillAsync();
            await cluster[1].Weftd.KillAsync();
            await cluster[1].StartWeftdAsync();
            Assert.Equal(0, (await cluster[1].StatusAsync()).GetProperty("reconcileOperations").GetInt64());
        });

        Assert.Equal(before, await KernelState.TextAsync(cluster[1].Space));
        Container late = await cluster[1].AttachAsync();
        await cluster.ReachAsync(late, b);
        await cluster.Etcd.StartAgainAsync();
        Node third = await cluster.JoinAsync();
        await cluster.ReachAsync(a, await third.AttachAsync());
    }

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_etcd_lost_the_nodes_put_back_without_a_word_from_anybody(bool byHand)
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);
        string[] blocks = await BlocksAsync(cluster);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            if (byHand)
            {
                cluster.Etcd.Control("del", "--prefix", "/weft/v1/");
            }
            else
            {
                await cluster.Etcd.KillAsync();
                cluster.Etcd.LoseData();
                await cluster.Etcd.StartAgainAsync();
            }
            await Until.TrueAsync("etcd has all again", async () => (await BlocksAsync(cluster)).SequenceEqual(blocks) && await IsWellAsync(cluster), cluster.Describe);
        });

        Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        // The cluster goes on: containers start and are published, and nodes join.
        await cluster.ReachAsync(await cluster[1].AttachAsync(), b);
        await cluster[1].EndpointsAsync(3);
        Node third = await cluster.JoinAsync();
        await cluster.ReachAsync(a, await third.AttachAsync());
        Assert.Contains("nothing is wrong", (await cluster[1].WeftAsync("ipam", "check")).Output, StringComparison.Ordinal);
    }

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_that_was_away_when_etcd_lost_its_data_is_waited_for_unless_it_is_forgotten(bool isGone)
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string[] blocks = await BlocksAsync(cluster);
        Assert.Equal(0, await cluster[2].Weftd.StopAsync());

        await cluster.Etcd.KillAsync();
        cluster.Etcd.LoseData();
        await cluster.Etcd.StartAgainAsync();
        await Until.TrueAsync(
            "node-1 waits for node-2",
            async () => (await Cluster.ConditionAsync(cluster[1], "store")).Message.Contains("to be heard of: node-2", StringComparison.Ordinal),
            cluster.Describe);

        await cluster.ReachAsync(a, b);
        Container late = await cluster[1].AttachAsync();        // in a block of its own
        await cluster.ReachAsync(late, b);
        if (isGone)
        {
            (await cluster[1].WeftAsync("node", "forget", "node-2", "--yes")).Succeeded();
            await Until.TrueAsync("nobody is waited for", async () => (await Cluster.ConditionAsync(cluster[1], "store")).Health == "OK", cluster.Describe);
            await cluster.ReachAsync(late, await (await cluster.JoinAsync()).AttachAsync());
            return;
        }
        await cluster[2].StartWeftdAsync();
        await Until.TrueAsync("etcd has all again", async () => (await BlocksAsync(cluster)).SequenceEqual(blocks) && await IsWellAsync(cluster), cluster.Describe);
        await cluster.ReachAsync(a, b);
    }

    [KernelFact]
    public async Task When_blocks_run_out_while_etcd_is_away_containers_are_refused_with_the_reason_until_it_is_back()
    {
        await using Cluster cluster = await Cluster.StartAsync(1);
        await cluster[1].ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: { name: small }
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: { name: small-v4 }
            spec: { network: small, cidr: 10.71.0.0/24, blockSize: 30 }
            """);
        List<Container> containers = [await AttachSmallAsync()];
        await cluster.Etcd.KillAsync();
        await Until.TrueAsync("etcd is away", async () => (await Cluster.ConditionAsync(cluster[1], "store")).Message.Contains("away since 20", StringComparison.Ordinal), cluster.Describe);

        CniAnswer answer;
        Container last;
        do
        {
            last = cluster[1].NewContainer();
            answer = await last.TryAddAsync(configuration: Small());
        }
        while (answer.IsSuccess);

        Assert.True(answer.Code == 5, answer.Run.ToString());
        Assert.Contains("etcd", answer.Run.Output, StringComparison.Ordinal);
        await cluster.Etcd.StartAgainAsync();
        await Until.TrueAsync("containers start again", async () => (await last.TryAddAsync(configuration: Small())).IsSuccess, cluster.Describe);

        System.Text.Json.Nodes.JsonObject Small()
        {
            System.Text.Json.Nodes.JsonObject configuration = cluster[1].Configuration();
            configuration["network"] = "small";
            return configuration;
        }

        async Task<Container> AttachSmallAsync()
        {
            Container container = cluster[1].NewContainer();
            await container.AddAsync(configuration: Small());
            return container;
        }
    }

    private static async Task<bool> IsWellAsync(Cluster cluster) =>
        (await Cluster.ConditionAsync(cluster[1], "store")).Health == "OK" && (await Cluster.ConditionAsync(cluster[2], "store")).Health == "OK";

    /// <summary>All blocks, with owners and epochs.</summary>
    private static async Task<string[]> BlocksAsync(Cluster cluster) =>
        [.. (await cluster[1].GetAsync("blocks")).Select(b => $"{b.GetProperty("metadata")} {b.GetProperty("status").GetProperty("owner")} {b.GetProperty("status").GetProperty("epoch")}").Order(StringComparer.Ordinal)];

    private static Task StopAsync(Cluster cluster, bool hangs)
    {
        if (!hangs)
        {
            return cluster.Etcd.KillAsync();
        }
        cluster.Etcd.Pause();
        return Task.CompletedTask;
    }

    private static Task GoOnAsync(Cluster cluster, bool hangs)
    {
        if (!hangs)
        {
            return cluster.Etcd.StartAgainAsync();
        }
        cluster.Etcd.Resume();
        return Task.CompletedTask;
    }
}
