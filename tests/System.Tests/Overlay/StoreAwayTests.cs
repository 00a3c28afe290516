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

    [KernelFact]
    public async Task An_etcd_that_lost_its_data_withdraws_nothing()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);

        await cluster.Etcd.KillAsync();
        cluster.Etcd.LoseData();
        await cluster.Etcd.StartAgainAsync();
        await Until.TrueAsync(
            "status says so",
            async () => (await Cluster.ConditionAsync(cluster[1], "store")).Message.Contains("not what it was", StringComparison.Ordinal),
            cluster.Describe);

        Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        await cluster.ReachAsync(a, b);
    }

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
