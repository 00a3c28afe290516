using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests.Overlay;

/// <summary>Nodes come, go and change their addresses.</summary>
public sealed class MembershipTests(ITestOutputHelper output)
{
    [KernelFact]
    public async Task A_node_that_joins_is_reached_and_one_that_leaves_is_forgotten_without_disturbing_the_others()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            Node third = await cluster.JoinAsync();
            Container c = await third.AttachAsync();
            await cluster.ReachAsync(a, c);
            await cluster.ReachAsync(c, b);

            await third.Weftd.KillAsync();
            cluster.Forget(third);
            await Until.TrueAsync("nothing leads to the third node", async () => await KernelState.OverlayAsync(cluster[1].Space) == before, cluster.Describe);
        });

        Assert.False(await a.Space.PingsAsync("10.83.0.129"));
        Assert.Equal("OK", (await Cluster.ConditionAsync(cluster[1], "overlay")).Health);
        output.WriteLine(string.Join('\n', cluster[1].Weftd.Log.Split('\n').Where(l => l.Contains("Nodes or blocks changed", StringComparison.Ordinal))));
    }

    [KernelFact]
    public async Task A_node_whose_weftd_is_away_is_still_reached()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);
        Assert.Equal(0, await cluster[2].Weftd.StopAsync());    // its lease goes at once

        await Until.TrueAsync("node-2 is away", async () => (await cluster[1].WeftAsync("get", "nodes")).Output.Contains("Away", StringComparison.OrdinalIgnoreCase));

        Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        await cluster.ReachAsync(a, b);
    }

    [KernelFact]
    public async Task A_node_that_comes_back_with_another_address_is_reached_there_by_one_operation_and_its_senders()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        await cluster[2].Weftd.KillAsync();
        await cluster.MoveAsync(2);

        await cluster[2].StartWeftdAsync();

        await cluster.ReachAsync(a, b);
        string change = cluster[1].Weftd.Log.Split('\n').Last(l => l.Contains("Nodes or blocks changed", StringComparison.Ordinal));
        output.WriteLine(change);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(change, "fdb replace"));
        Assert.DoesNotContain("route", change, StringComparison.Ordinal);
        Assert.DoesNotContain("nexthop", change, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_record_or_block_that_cannot_be_read_withdraws_nothing_and_is_reported()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);
        string block = cluster.Etcd.Control("get", "--prefix", "--keys-only", "/weft/v1/blocks/").Split('\n', StringSplitOptions.RemoveEmptyEntries).Last();

        cluster.Etcd.Control("put", block, "garbage");
        await Until.TrueAsync("the block is reported", async () => (await Cluster.ConditionAsync(cluster[1], "blocks")).Message.Contains(block, StringComparison.Ordinal), cluster.Describe);

        Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        await cluster.ReachAsync(a, b);
    }

    [KernelFact]
    public async Task Blocks_of_all_nodes_that_are_deleted_at_once_stay_routed()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);

        cluster.Etcd.Control("del", "--prefix", "/weft/v1/blocks/");
        await Until.TrueAsync("the deletion is reported", async () => (await Cluster.ConditionAsync(cluster[1], "blocks")).Health == "Degraded", cluster.Describe);

        Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        await cluster.ReachAsync(a, b);
    }

    [KernelFact]
    public async Task One_bad_key_of_every_kind_stops_no_weftd_and_cuts_off_nobody()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Assert.Equal(0, await cluster[1].Weftd.StopAsync());      // its copy is on disk
        await cluster[1].StartWeftdAsync();
        string before = await KernelState.OverlayAsync(cluster[1].Space);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            // In the place of what is right.
            foreach (string key in cluster.Etcd.Control("get", "--prefix", "--keys-only", "/weft/v1/").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(k => !k.Contains("/nodenum/", StringComparison.Ordinal) && !k.Contains("/alive/", StringComparison.Ordinal)))
            {
                cluster.Etcd.Control("put", key, "garbage");
            }
            // And beside it.
            foreach (string prefix in (string[])["nodenum", "nodes", "networks", "networknum", "pools", "blocks", "moved", "holds", "away", "reservations", "imports", "allocs", "endpoints", "alive"])
            {
                cluster.Etcd.Control("put", $"/weft/v1/{prefix}/garbage", "garbage");
                cluster.Etcd.Control("put", $"/weft/v1/{prefix}/", "garbage");
            }
            await Until.TrueAsync("it is reported", async () => (await Cluster.ConditionAsync(cluster[1], "store")).Health != "OK", cluster.Describe);
            await cluster[1].Weftd.KillAsync();
            await cluster[1].StartWeftdAsync();
        });

        Assert.Equal(before, await KernelState.OverlayAsync(cluster[1].Space));
        await cluster.ReachAsync(a, b);
        await cluster.ReachAsync(await cluster[1].AttachAsync(), b);
    }

    [KernelTheory]
    [InlineData("networks")]
    [InlineData("pools")]
    [InlineData("nodes")]
    public async Task All_keys_of_a_kind_that_somebody_deletes_cut_off_nobody(string kind)
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            cluster.Etcd.Control("del", "--prefix", $"/weft/v1/{kind}/");
            Node third = await cluster.JoinAsync();     // by then the others have heard of it
            await Until.TrueAsync("node-1 knows the third", async () => (await KernelState.OverlayAsync(cluster[1].Space)).Contains("02:57:03:00:00:03", StringComparison.Ordinal), cluster.Describe);
        });
    }
}
