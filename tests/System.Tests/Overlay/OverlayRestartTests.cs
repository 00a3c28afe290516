using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>weftd ends on a node that has others: nobody's containers notice, and it comes back to what has changed meanwhile.</summary>
public sealed class OverlayRestartTests
{
    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_weftd_that_ends_and_comes_back_changes_nothing_and_loses_no_packet_between_nodes(bool cleanly)
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Node node = cluster[1];
        string before = await KernelState.TextAsync(node.Space);

        await PingStream.RequireNoLossAsync([(a.Space, b.Result.IPv4), (b.Space, a.Result.IPv6)], async () =>
        {
            await EndAsync(node, cleanly);
            await node.StartWeftdAsync();
            await RequireNoOperationsAsync(node);
        });

        Assert.Equal(before, await KernelState.TextAsync(node.Space));
    }

    [KernelFact]
    public async Task While_a_killed_weftd_is_away_its_containers_talk_on()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();

        await cluster[1].Weftd.KillAsync();

        await cluster.ReachAsync(a, b);
        Assert.Equal(b.Result.IPv4, await Conversation.TcpAsync(b.Space, a.Space, a.Result.IPv4));
        Assert.Equal(a.Result.IPv6, await Conversation.TcpAsync(a.Space, b.Space, b.Result.IPv6));
        // And a container that is new on the other node is reached too: its block is known.
        Container late = await cluster[2].AttachAsync();
        await cluster.ReachAsync(a, late);
    }

    [KernelFact]
    public async Task What_happened_to_other_nodes_while_weftd_was_away_is_made_up_for_at_its_start()
    {
        await using Cluster cluster = await Cluster.StartAsync(3);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Container gone = await cluster[3].AttachAsync();
        await cluster.ReachAsync(a, gone);
        await cluster[1].Weftd.KillAsync();

        await cluster[3].Weftd.KillAsync();
        cluster.Forget(cluster[3]);
        await cluster[2].Weftd.KillAsync();
        await cluster.MoveAsync(2);
        await cluster[2].StartWeftdAsync();
        Node fourth = await cluster.JoinAsync();
        Container c = await fourth.AttachAsync();
        cluster.Etcd.Control("compact", cluster.Revision());
        await cluster[1].StartWeftdAsync();

        await cluster.ReachAsync(a, b);
        await cluster.ReachAsync(a, c);
        string overlay = await KernelState.OverlayAsync(cluster[1].Space);
        Assert.DoesNotContain("02:57:03:00:00:03", overlay, StringComparison.Ordinal);
        Assert.DoesNotContain("fe80::5757:3", overlay, StringComparison.Ordinal);
        Assert.Contains(cluster.AddressOf(2), overlay, StringComparison.Ordinal);
    }

    private static async Task EndAsync(Node node, bool cleanly)
    {
        if (cleanly)
        {
            Assert.True(await node.Weftd.StopAsync() == 0, node.Weftd.Log);
            return;
        }
        await node.Weftd.KillAsync();
    }

    private static async Task RequireNoOperationsAsync(Node node)
    {
        JsonElement status = await node.StatusAsync();
        Assert.True(status.GetProperty("reconcileOperations").GetInt64() == 0, $"{status}\n{node.Weftd.Log}");
    }
}
