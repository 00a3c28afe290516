using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tmds.Linux;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>weftd ends and comes back; its containers must not notice.</summary>
public sealed partial class RestartTests
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
        string before = await StateAsync(node);
        await RequireNoLossAsync(containers, async () =>
        {
            await stop(node);
            await node.StartWeftdAsync();
            await RequireNoOperationsAsync(node);
        });
        Assert.Equal(before, await StateAsync(node));
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

    /// <summary>Everything of Weft in the kernel, as text without counters.</summary>
    private static async Task<string> StateAsync(Node node) => string.Join(
        '\n',
        [
            await Ruleset.TextAsync(node.Space),
            (await node.Space.RunAsync("ip", "route", "show", "table", "all", "proto", "87")).Output,
            (await node.Space.RunAsync("ip", "neigh", "show", "nud", "permanent")).Output,
            (await node.Space.RunAsync("bridge", "fdb", "show")).Output,
            (await node.Space.RunAsync("ip", "-o", "link", "show")).Output,
        ]);

    private static async Task StopCleanlyAsync(Node node) => Assert.True(await node.Weftd.StopAsync() == 0, node.Weftd.Log);

    private static async Task RequireNoOperationsAsync(Node node)
    {
        JsonElement status = await node.StatusAsync();
        Assert.True(status.GetProperty("reconcileOperations").GetInt64() == 0, $"{status}\n{node.Weftd.Log}");
    }

    private static Process Ping(Container container, string address) =>
        Tool.Start(container.Space.Entering("ping", "-n", "-i", "0.01", address));

    private static async Task FirstReplyAsync(Process ping)
    {
        while (await ping.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("icmp_seq=", StringComparison.Ordinal))
            {
                return;
            }
        }
        Assert.Fail($"nothing answers: {await ping.StandardError.ReadToEndAsync()}");
    }

    /// <summary>
    /// Pings from one container to another and to the outside while something happens: no reply is missing. What the kernel dropped because
    /// a CPU's queue was full, of this or any other namespace's traffic, tells nothing: then once more.
    /// </summary>
    private static async Task RequireNoLossAsync(Container[] containers, Func<Task> happens)
    {
        const int attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            long dropped = ReceiveQueues.Dropped();
            using Process inside = Ping(containers[0], containers[1].Result.IPv4);
            using Process outside = Ping(containers[2], World.IPv6);
            await FirstReplyAsync(inside);
            await FirstReplyAsync(outside);

            await happens();

            int[] missing = [.. await MissingAsync(inside), .. await MissingAsync(outside)];
            if (missing.Length == 0)
            {
                return;
            }
            Assert.True(ReceiveQueues.Dropped() != dropped && attempt < attempts, $"no reply to {string.Join(", ", missing)} (attempt {attempt})");
        }
    }

    /// <summary>Ends a ping, and tells which replies are missing between its first and its last.</summary>
    private static async Task<IEnumerable<int>> MissingAsync(Process ping)
    {
        Assert.False(ping.HasExited);
        Assert.Equal(0, LibC.kill(ping.Id, LibC.SIGINT));
        string output = await ping.StandardOutput.ReadToEndAsync();
        int[] answered = [.. Sequence().Matches(output).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.NotEmpty(answered);
        await ping.WaitForExitAsync();
        return Enumerable.Range(answered.Min(), answered.Max() - answered.Min() + 1).Except(answered);
    }

    [GeneratedRegex(@"icmp_seq=(\d+) ttl")]
    private static partial Regex Sequence();
}
