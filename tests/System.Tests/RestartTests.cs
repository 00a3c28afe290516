using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>weftd ends and comes back; its containers must not notice.</summary>
public sealed class RestartTests
{
    [KernelFact]
    public Task A_killed_weftd_comes_back_without_touching_anything() => RestartAsync("", node => node.Weftd.KillAsync());

    [KernelFact]
    public Task A_stopped_weftd_comes_back_without_touching_anything() => RestartAsync("", StopCleanlyAsync);

    [KernelFact]
    public Task The_same_holds_where_tables_cannot_be_owned() => RestartAsync("nftablesOwner: off", node => node.Weftd.KillAsync());

    [KernelFact]
    public async Task A_start_on_a_fresh_node_needs_operations_and_a_second_one_none()
    {
        await using Node node = await Node.StartAsync();
        Assert.NotEqual(0, (await node.StatusAsync()).GetProperty("reconcileOperations").GetInt64());

        await StopCleanlyAsync(node);
        await node.StartWeftdAsync();

        await RequireNoOperationsAsync(node);
    }

    [KernelFact]
    public async Task A_stopped_weftd_leaves_rules_and_links_but_no_socket()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        await StopCleanlyAsync(node);

        Assert.False(File.Exists(node.CniSocket));
        Assert.False(File.Exists(node.DaemonSocket));
        Assert.Contains(container.Result.HostInterface, await node.Space.LinkNamesAsync());
        Assert.Single(await Ruleset.ElementsAsync(node.Space, "bridge", "ports4"));
    }

    [KernelFact]
    public async Task Both_sockets_are_for_their_owner_alone()
    {
        await using Node node = await Node.StartAsync();

        foreach (string path in (string[])[node.CniSocket, node.DaemonSocket])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [KernelFact]
    public async Task What_happened_to_links_while_weftd_was_away_is_repaired_at_its_start()
    {
        await using Node node = await Node.StartAsync();
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        await node.Weftd.KillAsync();
        await node.Space.ScriptAsync($"""
            ip route del {a.Result.IPv4}/32
            bridge link set dev {b.Result.HostInterface} isolated off
            bridge fdb del {b.Result.Mac} dev {b.Result.HostInterface} master
            ip link set {a.Result.HostInterface} nomaster
            """);

        await node.StartWeftdAsync();

        Assert.NotEqual(0, (await node.StatusAsync()).GetProperty("reconcileOperations").GetInt64());
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4));
        Assert.True(await b.Space.PingsAsync(a.Result.IPv6));
        (await a.CheckAsync()).SucceededSilently();
        (await b.CheckAsync()).SucceededSilently();
    }

    private static async Task RestartAsync(string config, Func<Node, Task> stop)
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true, Config = config });
        Container[] containers = [.. await AttachAllAsync(node, 10)];
        string before = await KernelState.TextAsync(node.Space);
        await PingStream.RequireNoLossAsync([(containers[0].Space, containers[1].Result.IPv4), (containers[2].Space, World.IPv6)], async () =>
        {
            await stop(node);
            await node.StartWeftdAsync();
            await RequireNoOperationsAsync(node);
        });
        Assert.Equal(before, await KernelState.TextAsync(node.Space));
        Container late = await node.AttachAsync();
        Assert.DoesNotContain(late.Result.IPv4, containers.Select(c => c.Result.IPv4));
        Assert.True(await late.Space.PingsAsync(containers[9].Result.IPv4));
        Assert.Equal(11, (await node.StatusAsync()).GetProperty("attachments").GetInt32());
        foreach (Container container in containers.Append(late))
        {
            (await container.CheckAsync()).SucceededSilently();
            await container.DelAsync();
        }
        await Leftovers.RequireNoneAsync(node);
    }

    private static async Task<List<Container>> AttachAllAsync(Node node, int count)
    {
        List<Container> containers = [];
        for (int i = 0; i < count; i++)
        {
            containers.Add(await node.AttachAsync());
        }
        return containers;
    }

    private static async Task StopCleanlyAsync(Node node) => Assert.True(await node.Weftd.StopAsync() == 0, node.Weftd.Log);

    private static async Task RequireNoOperationsAsync(Node node)
    {
        JsonElement status = await node.StatusAsync();
        Assert.True(status.GetProperty("reconcileOperations").GetInt64() == 0, $"{status}\n{node.Weftd.Log}");
    }
}
