using System.Net.Sockets;
using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>What a node may run out of, and who may be in weftd's way.</summary>
public sealed class BadCircumstanceTests
{
    [KernelFact]
    public async Task An_exhausted_pool_is_named_with_the_next_step()
    {
        await using Node node = await Node.StartAsync(
            new NodeOptions { World = true, Config = "defaultNetwork: { ipv4: 10.5.0.0/30, ipv6: none }\naddressCoolDown: 0" });
        List<Container> attached = [];
        CniAnswer refused;
        while (true)
        {
            Container next = node.NewContainer();
            refused = await next.TryAddAsync();
            if (!refused.IsSuccess)
            {
                break;
            }
            attached.Add(next);
            Assert.True(attached.Count <= 4, "a /30 has four addresses");
        }

        Assert.NotEmpty(attached);
        Assert.Equal(100, refused.Code);
        Assert.Contains("default-v4", refused.Message, StringComparison.Ordinal);
        Assert.Contains("10.5.0.0/30", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Pool", refused.Details, StringComparison.Ordinal);
        Assert.Contains("default-v4", (await node.StatusCallAsync()).Failed(50).Message, StringComparison.Ordinal);

        await attached[0].DelAsync();
        (await node.StatusCallAsync()).SucceededSilently();
        await node.AttachAsync();
    }

    [KernelFact]
    public async Task A_pool_that_is_added_ends_the_exhaustion()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { Config = "defaultNetwork: { ipv4: 10.5.0.0/30, ipv6: none }" });
        while ((await node.NewContainer().TryAddAsync()).IsSuccess)
        {
        }

        await node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: { name: more }
            spec: { network: default, cidr: 10.5.1.0/24 }
            """);

        Container container = node.NewContainer();
        await Until.TrueAsync("the new pool is used", async () => (await container.TryAddAsync()).IsSuccess, () => node.Weftd.Log);
    }

    [KernelFact]
    public async Task A_full_disk_stops_new_containers_and_hurts_nobody_else()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { StateKiB = 4096 });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        string filler = $"/proc/{node.Weftd.ProcessId}/root{node.StateDirectory}/filler";
        await FillAsync(filler);

        List<Container> squeezed = [];
        CniAnswer refused;
        while (true)
        {
            Container next = node.NewContainer();
            refused = await next.TryAddAsync();
            if (!refused.IsSuccess)
            {
                Assert.DoesNotContain("eth0", await next.Space.LinkNamesAsync());
                break;
            }
            squeezed.Add(next);
            Assert.True(squeezed.Count < 500, "the disk is full, and still ADD succeeds");
        }
        Assert.Equal(5, refused.Code);
        Assert.Contains(node.StateDirectory, refused.Message + refused.Details, StringComparison.Ordinal);
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4));
        (await a.CheckAsync()).SucceededSilently();
        Assert.All(
            (await node.StatusAsync()).GetProperty("pools").EnumerateArray(),
            p => Assert.Equal(2 + squeezed.Count, p.GetProperty("used").GetInt32()));

        File.Delete(filler);
        Container late = await node.AttachAsync();
        Assert.True(await late.Space.PingsAsync(a.Result.IPv4));
        foreach (Container container in squeezed.Append(a).Append(b).Append(late))
        {
            await container.DelAsync();
        }
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_del_on_a_full_disk_cuts_the_container_off()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { StateKiB = 4096 });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        string filler = $"/proc/{node.Weftd.ProcessId}/root{node.StateDirectory}/filler";
        await FillAsync(filler);

        CniAnswer first = await node.CallAsync(a.Call("DEL"));
        Assert.False(await b.Space.PingsAsync(a.Result.IPv4));
        File.Delete(filler);
        if (!first.IsSuccess)
        {
            await a.DelAsync();
        }
        await b.DelAsync();

        // Where the disk was full the plugin may have left a note, which weftd replays at its next look or start.
        await node.Weftd.KillAsync();
        await node.StartWeftdAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_state_directory_that_cannot_be_made_or_written_is_named()
    {
        await using Node node = await Node.CreateAsync();
        string file = Path.Combine(node.Scratch, "file");
        await File.WriteAllTextAsync(file, "");
        foreach (string directory in (string[])["/proc/weft", "/sys/weft", file, Path.Combine(file, "state")])
        {
            await using Weftd weftd = node.LaunchWeftd(stateDirectory: directory);

            await weftd.EndedAsync();

            Assert.NotEqual(0, weftd.ExitCode);
            Assert.Contains(directory, weftd.Log, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", weftd.Log, StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task Another_process_on_the_socket_is_not_disturbed()
    {
        await using Node node = await Node.CreateAsync();
        Directory.CreateDirectory(node.RunDirectory);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(node.CniSocket));
        other.Listen();

        await using Weftd weftd = node.LaunchWeftd();
        await weftd.EndedAsync();

        Assert.NotEqual(0, weftd.ExitCode);
        Assert.Contains(node.CniSocket, weftd.Log, StringComparison.Ordinal);
        Assert.True(File.Exists(node.CniSocket));
        Assert.Single(await node.Space.LinkNamesAsync());    // lo: refused before anything was made
    }

    [KernelFact]
    public async Task A_file_where_the_socket_should_be_is_not_deleted()
    {
        await using Node node = await Node.CreateAsync();
        Directory.CreateDirectory(node.RunDirectory);
        await File.WriteAllTextAsync(node.CniSocket, "precious");

        await using Weftd weftd = node.LaunchWeftd();
        await weftd.EndedAsync();

        Assert.NotEqual(0, weftd.ExitCode);
        Assert.Contains(node.CniSocket, weftd.Log, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(node.CniSocket));
    }

    [KernelFact]
    public async Task A_second_weftd_on_the_same_state_is_refused()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        await using Weftd second = node.LaunchWeftd(runDirectory: Path.Combine(node.Scratch, "run2"));
        await second.EndedAsync();
        await using Weftd third = node.LaunchWeftd(stateDirectory: Path.Combine(node.Scratch, "state2"));
        await third.EndedAsync();

        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains(node.StateDirectory, second.Log, StringComparison.Ordinal);
        Assert.NotEqual(0, third.ExitCode);
        Assert.Contains(node.RunDirectory, third.Log, StringComparison.Ordinal);
        Assert.False(node.Weftd.HasEnded);
        (await container.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Two_nodes_on_one_machine_do_not_meet()
    {
        const string same = "defaultNetwork: { ipv4: 10.4.0.0/24, ipv6: none }";
        await using Node one = await Node.StartAsync(new NodeOptions { Config = same });
        await using Node two = await Node.StartAsync(new NodeOptions { Config = same });
        Container here = await one.AttachAsync();
        Container there = await two.AttachAsync();

        Assert.Equal(here.Result.IPv4, there.Result.IPv4);
        await here.DelAsync();

        await Leftovers.RequireNoneAsync(one);
        (await there.CheckAsync()).SucceededSilently();
        JsonElement endpoint = Assert.Single(await two.EndpointsAsync(1));
        Assert.Equal(there.Result.IPv4, endpoint.GetProperty("status").GetProperty("addresses")[0].GetString());
    }

    [KernelFact]
    public async Task Cleanup_takes_away_everything_that_weft_made()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        await node.AttachAsync();
        await node.Weftd.StopAsync();

        string[] command = node.WeftdCommand(node.RunDirectory, node.StateDirectory);
        (await Tool.RunAsync([.. command[..4], "cleanup", .. command[4..]])).Succeeded();

        Assert.Equal(["eth0", "lo"], (await node.Space.LinkNamesAsync()).Order());
        Assert.DoesNotContain("weft", await Ruleset.TextAsync(node.Space), StringComparison.Ordinal);
        foreach (string family in (string[])["-4", "-6"])
        {
            Assert.Empty((await node.Space.IpAsync($"{family} route show table all proto 87")).EnumerateArray());
            Assert.DoesNotContain("87000", (await node.Space.IpAsync($"{family} rule show")).ToString(), StringComparison.Ordinal);
        }
    }

    private static async Task FillAsync(string path)
    {
        // In small pieces to the last byte: SQLite's next page must not fit.
        foreach (int size in (int[])[64 << 10, 4 << 10, 1])
        {
            byte[] piece = new byte[size];
            await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            try
            {
                for (int i = 0; i < (8 << 20) / size; i++)
                {
                    await file.WriteAsync(piece);
                }
            }
            catch (IOException e) when (e.HResult == NoSpace)
            {
                continue;
            }
        }
    }

    /// <summary>ENOSPC, as .NET on Linux has it in HResult.</summary>
    private const int NoSpace = 28;
}
