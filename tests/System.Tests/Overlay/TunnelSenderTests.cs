using Weft.SystemTests.Lab;
using Weft.SystemTests.Packets;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>Who may send through the tunnel: known nodes, each for its own addresses.</summary>
public sealed class TunnelSenderTests
{
    [KernelFact]
    public async Task What_somebody_on_the_underlay_sends_who_is_no_node_is_dropped_whatever_it_says_inside()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        using var stranger = new Space();
        await cluster.ConnectStrangerAsync(stranger, "192.0.2.77");
        await stranger.ScriptAsync(TunnelTo(cluster, a, b.Result.IPv4));
        await PingCount.BeginAsync(a.Space);

        await stranger.RunAsync("ping", "-n", "-c", "3", "-i", "0.2", "-W", "1", "-I", b.Result.IPv4, a.Result.IPv4);

        Assert.Equal(0, await PingCount.ReceivedAsync(a.Space));
        Assert.True(await Ruleset.DroppedInAsync(cluster[1].Space, "tunnel") >= 3, await Ruleset.TextAsync(cluster[1].Space));
        // The counter counts: what the right node sends arrives.
        Assert.True(await b.Space.PingsAsync(a.Result.IPv4));
        Assert.Equal(3, await PingCount.ReceivedAsync(a.Space));
    }

    [KernelFact]
    public async Task A_node_cannot_send_for_another_nodes_containers()
    {
        await using Cluster cluster = await Cluster.StartAsync(3);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Container c = await cluster[3].AttachAsync();
        await cluster.ReachAsync(a, c);
        await PingCount.BeginAsync(a.Space);
        // Node 3 takes the address of node 2's container, and sends from it by the tunnel that it has.
        await cluster[3].Space.ScriptAsync($"ip addr add {b.Result.IPv4}/32 dev lo");

        await cluster[3].Space.RunAsync("ping", "-n", "-c", "3", "-i", "0.2", "-W", "1", "-I", b.Result.IPv4, a.Result.IPv4);

        Assert.Equal(0, await PingCount.ReceivedAsync(a.Space));
        Assert.True(await Ruleset.DroppedInAsync(cluster[1].Space, "tunnel") >= 3, await Ruleset.TextAsync(cluster[1].Space));
    }

    [KernelFact]
    public async Task VXLAN_of_somebody_else_on_the_same_port_passes()
    {
        await using Cluster cluster = await Cluster.StartAsync(1);
        using var stranger = new Space();
        await cluster.ConnectStrangerAsync(stranger, "192.0.2.77");
        foreach ((Space space, int own, int other) in ((Space, int, int)[])[(cluster[1].Space, 1, 77), (stranger, 77, 1)])
        {
            await space.ScriptAsync($"""
                ip link add theirs type vxlan id 5000 remote 192.0.2.{other} dstport 4789
                ip addr add 10.55.0.{own}/24 dev theirs
                ip link set theirs up
                """);
        }

        Assert.True(await stranger.PingsAsync("10.55.0.1"), await Ruleset.TextAsync(cluster[1].Space));
    }

    /// <summary>A hand-made tunnel into the default network, by which one sends in the name of an address.</summary>
    private static string TunnelTo(Cluster cluster, Container target, string inTheNameOf) => $"""
        ip link add forged type vxlan id {Cluster.Vni} remote {cluster.AddressOf(1)} dstport 4789 nolearning
        ip link set forged address 02:57:03:00:00:02 up
        ip addr add {inTheNameOf}/32 dev lo
        ip route add {target.Result.IPv4} dev forged
        ip neigh add {target.Result.IPv4} lladdr 02:57:03:00:00:01 dev forged nud permanent
        """;
}
