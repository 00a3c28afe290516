using Weft.SystemTests.Lab;
using Weft.SystemTests.Packets;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>Nodes on one segment that want no tunnel.</summary>
public sealed class DirectRoutingTests
{
    private const string Uplink = "eth0";

    [KernelFact]
    public async Task Containers_of_nodes_on_one_segment_talk_without_a_tunnel_over_both_families()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, direct: true);
        (Container a, Container b) = await cluster.AttachPairAsync();
        await AwaitWaysAsync(cluster, Uplink);
        long tunnelled = await TunnelledAsync(cluster[1]);

        foreach ((Container from, Container to) in ((Container, Container)[])[(a, b), (b, a)])
        {
            Assert.Equal(from.Result.IPv4, await Conversation.TcpAsync(from.Space, to.Space, to.Result.IPv4));
            Assert.Equal(from.Result.IPv6, await Conversation.TcpAsync(from.Space, to.Space, to.Result.IPv6));
        }
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4, cluster.ContainerMtu - 28, mayFragment: false), cluster.Describe());
        // A node itself, and its containers' way to it.
        Assert.True(await cluster[2].Space.PingsAsync(a.Result.IPv4));
        Assert.True(await a.Space.PingsAsync(cluster.AddressOf(2)));

        Assert.Equal(tunnelled, await TunnelledAsync(cluster[1]));
        Assert.Contains("1 of them without a tunnel", (await Cluster.ConditionAsync(cluster[1], "overlay")).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Nodes_with_a_router_between_them_use_the_tunnel_whatever_they_want()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, Underlay.Router, direct: true);
        await cluster.AttachPairAsync();
        Assert.Equal([Cluster.Tunnel], await Cluster.WaysAsync(cluster[1]));
        Assert.Equal([Cluster.Tunnel], await Cluster.WaysAsync(cluster[2]));
    }

    [KernelFact]
    public async Task A_node_that_changes_its_mind_takes_the_other_end_with_it_and_no_packet_is_lost()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, direct: true);
        (Container a, Container b) = await cluster.AttachPairAsync();
        await AwaitWaysAsync(cluster, Uplink);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv4), (a.Space, b.Result.IPv6)], async () =>
        {
            await cluster.RestartAsync(2, direct: false);
            await AwaitWaysAsync(cluster, Cluster.Tunnel);
            await cluster.RestartAsync(2, direct: true);
            await AwaitWaysAsync(cluster, Uplink);
        });

        Assert.Equal(a.Result.IPv4, await Conversation.TcpAsync(a.Space, b.Space, b.Result.IPv4));
    }

    [KernelFact]
    public async Task Who_sends_on_the_segment_in_the_name_of_another_nodes_container_is_dropped()
    {
        await using Cluster cluster = await Cluster.StartAsync(3, direct: true);
        (Container a, Container b) = await cluster.AttachPairAsync();
        await cluster.ReachAsync(a, await cluster[3].AttachAsync());
        await AwaitWaysAsync(cluster, Uplink);
        using var stranger = new Space();
        await cluster.ConnectStrangerAsync(stranger, "192.0.2.77");
        await stranger.ScriptAsync($"""
            ip addr add {b.Result.IPv4}/32 dev lo
            ip addr add 10.83.77.77/32 dev lo
            ip route add {a.Result.IPv4} via {cluster.AddressOf(1)}
            """);
        await cluster[3].Space.ScriptAsync($"ip addr add {b.Result.IPv4}/32 dev lo");
        await PingCount.BeginAsync(a.Space);

        await stranger.RunAsync("ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", "-I", b.Result.IPv4, a.Result.IPv4);
        await stranger.RunAsync("ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", "-I", "10.83.77.77", a.Result.IPv4);
        await cluster[3].Space.RunAsync("ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", "-I", b.Result.IPv4, a.Result.IPv4);

        Assert.Equal(0, await PingCount.ReceivedAsync(a.Space));
        Assert.True(await Ruleset.DroppedInAsync(cluster[1].Space, "segment") >= 6, await Ruleset.TextAsync(cluster[1].Space));
        Assert.True(await b.Space.PingsAsync(a.Result.IPv4));
        Assert.NotEqual(0, await PingCount.ReceivedAsync(a.Space));
    }

    [KernelFact]
    public async Task Nodes_that_want_the_tunnel_take_nothing_else_from_the_segment()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        await cluster[2].Space.ScriptAsync($"""
            ip route replace {a.Result.IPv4} via {cluster.AddressOf(1)} metric 1
            ip route flush cache
            """);

        Assert.False(await b.Space.PingsAsync(a.Result.IPv4));
        Assert.NotEqual(0, await Ruleset.DroppedInAsync(cluster[1].Space, "segment"));
    }

    /// <summary>Waits until both ends of the first two nodes use that interface, and no other.</summary>
    private static Task<TimeSpan> AwaitWaysAsync(Cluster cluster, string link) => Until.TrueAsync(
        $"both ends use {link}",
        async () => (await Cluster.WaysAsync(cluster[1])).SequenceEqual([link]) && (await Cluster.WaysAsync(cluster[2])).SequenceEqual([link]),
        cluster.Describe);

    private static async Task<long> TunnelledAsync(Node node) =>
        (await node.Space.IpAsync($"-s link show {Cluster.Tunnel}"))[0].GetProperty("stats64").GetProperty("tx").GetProperty("packets").GetInt64();
}
