using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>What an operator's slip must not cost: containers that run.</summary>
public sealed class SafetyTests
{
    [KernelFact]
    public async Task An_empty_state_directory_does_not_cut_off_containers_that_run()
    {
        await using Node node = await Node.StartAsync();
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        await node.Weftd.KillAsync();

        await using Weftd wrong = node.LaunchWeftd(stateDirectory: Path.Combine(node.Scratch, "empty"));
        await wrong.EndedAsync();

        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Contains("2 containers", wrong.Log, StringComparison.Ordinal);
        Assert.Contains("--state-dir", wrong.Log, StringComparison.Ordinal);
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4));
        await node.StartWeftdAsync();
        (await a.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Cleanup_with_other_directories_does_not_touch_a_node_that_a_weftd_serves()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        string[] command = node.WeftdCommand(Path.Combine(node.Scratch, "run2"), node.StateDirectory);

        Finished cleanup = await Tool.RunAsync([.. command[..4], "cleanup", .. command[4..]]);

        Assert.NotEqual(0, cleanup.ExitCode);
        Assert.Contains("running weftd", cleanup.Error, StringComparison.Ordinal);
        (await container.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task An_interface_on_a_second_network_reaches_that_network_and_leaves_the_first_alone()
    {
        await using Node node = await Node.StartAsync();
        await node.ApplyAsync("""
            {apiVersion: weft.dev/v1, kind: Network, metadata: {name: blue}, spec: {}}
            ---
            {apiVersion: weft.dev/v1, kind: Pool, metadata: {name: blue-v4}, spec: {network: blue, cidr: 10.79.0.0/24}}
            """);
        Container both = await node.AttachAsync();
        string before = (await both.Space.IpAsync("route show")).ToString();
        JsonObject blue = node.Configuration();
        blue["name"] = "blue";
        Container other = node.NewContainer();
        await other.AddAsync(configuration: blue);
        CniCall second = both.Call("ADD", configuration: blue).With("CNI_IFNAME", "net1");

        Assert.True((await node.CallAsync(second)).IsSuccess);

        Assert.True(await both.Space.PingsAsync(other.Result.IPv4));
        (await node.CallAsync(second.With("CNI_COMMAND", "DEL"))).SucceededSilently();
        // Nothing flows by then; the interface itself is deleted behind the answer.
        await Until.TrueAsync("the routes are as before", async () => (await both.Space.IpAsync("route show")).ToString() == before);
    }
}
