using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>Containers of different nodes talk.</summary>
public sealed class AcrossNodesTests
{
    [KernelTheory]
    [InlineData(Underlay.Switch)]
    [InlineData(Underlay.Router)]
    [InlineData(Underlay.SwitchIPv6)]
    [InlineData(Underlay.RouterIPv6)]
    public async Task Containers_of_two_nodes_talk_both_ways_over_both_families_and_keep_their_addresses(Underlay underlay)
    {
        await using Cluster cluster = await Cluster.StartAsync(2, underlay);
        (Container a, Container b) = await cluster.AttachPairAsync();

        foreach ((Container from, Container to) in ((Container, Container)[])[(a, b), (b, a)])
        {
            Assert.Equal(from.Result.IPv4, await Conversation.TcpAsync(from.Space, to.Space, to.Result.IPv4));
            Assert.Equal(from.Result.IPv6, await Conversation.TcpAsync(from.Space, to.Space, to.Result.IPv6));
        }
        // The largest packet that a container may send fits, and needs no fragments.
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4, cluster.ContainerMtu - 28, mayFragment: false), cluster.Describe());
        Assert.True(await a.Space.PingsAsync(b.Result.IPv6, cluster.ContainerMtu - 48, mayFragment: false), cluster.Describe());
        Assert.Equal(cluster.ContainerMtu, (await a.Space.IpAsync("link show eth0"))[0].GetProperty("mtu").GetInt32());
        Assert.Equal("OK", (await Cluster.ConditionAsync(cluster[1], "overlay")).Health);
    }

    [KernelFact]
    public async Task A_node_with_a_small_uplink_makes_new_containers_packets_smaller_everywhere_and_old_ones_still_arrive()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container _) = await cluster.AttachPairAsync();

        Node third = await cluster.JoinAsync(mtu: 1400);
        Container c = await third.AttachAsync();
        await cluster.ReachAsync(a, c);
        Container late = await cluster[1].AttachAsync();

        Assert.Equal(1350, (await c.Space.IpAsync("link show eth0"))[0].GetProperty("mtu").GetInt32());
        Assert.Equal(1350, (await late.Space.IpAsync("link show eth0"))[0].GetProperty("mtu").GetInt32());
        // The old one still sends 1450: its node tells it how much fits.
        Assert.Equal(a.Result.IPv4, await Conversation.TcpAsync(a.Space, c.Space, c.Result.IPv4));
        Assert.Equal(a.Result.IPv6, await Conversation.TcpAsync(a.Space, c.Space, c.Result.IPv6));
        Assert.Equal(c.Result.IPv4, await Conversation.TcpAsync(c.Space, a.Space, a.Result.IPv4));
    }

    [KernelFact]
    public async Task Containers_that_come_and_go_on_one_node_are_nothing_to_another()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        await cluster.AttachPairAsync();
        string before = await KernelState.TextAsync(cluster[2].Space);
        long sent = EventsSent(cluster);
        using System.Diagnostics.Process routes = Tool.Start(cluster[2].Space.Entering("ip", "monitor", "link", "route", "nexthop", "address"));
        using System.Diagnostics.Process rules = Tool.Start(cluster[2].Space.Entering("nft", "monitor"));

        for (int i = 0; i < 10; i++)
        {
            Container container = await cluster[1].AttachAsync();
            await cluster[1].EndpointsAsync(3);        // it has been told to the store by then
            await container.DelAsync();
        }
        await cluster[1].EndpointsAsync(2);

        Assert.Equal(sent, EventsSent(cluster));
        Assert.Equal(before, await KernelState.TextAsync(cluster[2].Space));
        // Those who listened hear what happens now as the first thing.
        await cluster[2].Space.ScriptAsync("""
            ip link add heard0 type bridge
            nft add table inet heard0
            """);
        Assert.Contains("heard0", await routes.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains("heard0", await rules.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        routes.Kill();
        rules.Kill();
        await cluster.JoinAsync();
        Assert.NotEqual(sent, EventsSent(cluster));
    }

    /// <summary>How many changes etcd has told to watchers since it started.</summary>
    private static long EventsSent(Cluster cluster)
    {
        const string metric = "etcd_debugging_mvcc_events_total ";
        string line = Programs.Run("nsenter", [$"--net={cluster.Management.Path}", "--", "curl", "-s", $"{cluster.Etcd.Endpoint}/metrics"]).Ok()
            .Split('\n').Single(l => l.StartsWith(metric, StringComparison.Ordinal));
        return (long)double.Parse(line[metric.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
