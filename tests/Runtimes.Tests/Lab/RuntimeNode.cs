using System.Globalization;
using System.Text.Json;

namespace Weft.RuntimeTests.Lab;

/// <summary>A node with a real weftd, weft-cni in /opt/cni/bin and a container runtime, and a world outside that knows only the node.</summary>
internal sealed class RuntimeNode : IAsyncDisposable
{
    public const string WorldIPv4 = "203.0.113.10";
    public const string WorldIPv6 = "2001:db8:ffff::10";
    public const string UplinkIPv4 = "192.0.2.2";
    public const string UplinkIPv6 = "2001:db8:1::2";

    private const string Conflist = "/etc/cni/net.d/10-weft.conflist";

    private readonly LabShell _shell = new();
    private string _init = "";
    private string _worldInit = "";

    private RuntimeNode()
    {
    }

    /// <summary>Path below /sys/fs/cgroup for this lab's containers: removed with the lab.</summary>
    public string Cgroup { get; private set; } = "";

    /// <summary>A node whose runtime is not started yet.</summary>
    /// <param name="config">weftd's config file.</param>
    /// <param name="conflist">Of the network that containers are put in.</param>
    public static async Task<RuntimeNode> StartAsync(string config, string conflist)
    {
        var node = new RuntimeNode();
        try
        {
            node.Cgroup = "/" + (await node._shell.DoAsync("echo $LAB_CGROUP")).Trim();
            await node._shell.DoAsync("boot node");
            await node.FindProcessesAsync();
            await node.WriteAsync("/etc/weft/weftd.yaml", config);
            await node._shell.DoAsync("lab_weft node");
            await node.WriteAsync(Conflist, conflist);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a function of the lab's scripts.</summary>
    public Task<string> DoAsync(string line) => _shell.DoAsync(line);

    /// <summary>Runs a program on the node to its end.</summary>
    public Task<Finished> OnAsync(params IEnumerable<string> command) => Tool.RunAsync(Entering(command));

    /// <summary>Runs a program in the world.</summary>
    public Task<Finished> OnWorldAsync(params IEnumerable<string> command) => Tool.RunAsync(Entering(_worldInit, command));

    /// <summary>A command line that runs another one on the node.</summary>
    public string[] Entering(params IEnumerable<string> command) => Entering(_init, command);

    public async Task WriteAsync(string path, string content) =>
        (await Tool.RunAsync(Entering("sh", "-c", "mkdir -p \"$(dirname \"$0\")\" && cat >\"$0\"", path), content)).Succeeded();

    public Task<Finished> WeftAsync(params IEnumerable<string> arguments) => OnAsync([RuntimePrograms.Cli, .. arguments]);

    /// <summary>What `weft get KIND -o json` lists.</summary>
    public async Task<IReadOnlyList<JsonElement>> GetAsync(string kind) =>
        [.. (await WeftAsync("get", kind, "-o", "json")).Json().GetProperty("items").EnumerateArray()];

    /// <summary>The status part of `weft status -o json`.</summary>
    public async Task<JsonElement> StatusAsync() => (await WeftAsync("status", "-o", "json")).Json().GetProperty("status");

    public async Task StopWeftdAsync() => await DoAsync("lab_daemon_stop node weftd");

    /// <summary>Starts weftd and waits until it answers.</summary>
    public async Task StartWeftdAsync() => await DoAsync("lab_weftd node");

    /// <summary>The machine loses its power and is started again, with weftd, without the runtime.</summary>
    public async Task RebootAsync()
    {
        string conflist = (await OnAsync("cat", Conflist)).Succeeded().Output;
        string config = (await OnAsync("cat", "/etc/weft/weftd.yaml")).Succeeded().Output;
        await DoAsync("reboot node");
        await FindProcessesAsync();
        await WriteAsync("/etc/weft/weftd.yaml", config);
        await DoAsync("lab_weft node");
        await WriteAsync(Conflist, conflist);
    }

    /// <summary>The page at an address, asked for from the world; null: no answer.</summary>
    public async Task<string?> FetchFromWorldAsync(string address, int port = 80)
    {
        string host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        Finished run = await OnWorldAsync("timeout", "10", "busybox", "wget", "-q", "-O", "-", string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}/"));
        return run.ExitCode == 0 ? run.Output.Trim() : null;
    }

    /// <summary>weftd's log so far.</summary>
    public Task<string> LogAsync() => DoAsync("tail -n 60 \"$LAB_DIRECTORY/node.weftd.log\"");

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    private static string[] Entering(string init, IEnumerable<string> command) =>
        ["nsenter", "-t", init, "-m", "-n", "-p", "--wd=/", "--", .. command];

    private async Task FindProcessesAsync()
    {
        _init = (await DoAsync("echo ${LAB_INIT[node]}")).Trim();
        _worldInit = (await DoAsync("echo ${LAB_INIT[world]}")).Trim();
    }
}
