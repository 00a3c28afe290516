using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Contracts;

namespace Weft.SystemTests.Lab;

/// <summary>
/// A node: a namespace with a weftd of its own, its state in a temporary directory. The machine's own links, rules and
/// mounts are left alone, and <see cref="DisposeAsync"/> fails the test when they were not.
/// </summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly NodeOptions _options;
    private readonly string _directory;
    private readonly List<Container> _containers = [];
    private readonly Machine _before = Machine.Look();
    private int _containerCount;

    private Node(NodeOptions options)
    {
        _options = options;
        _directory = Directory.CreateTempSubdirectory("weft-system-").FullName;
    }

    public string Name => _options.Name;

    public Space Space { get; } = new();

    public World World { get; private set; } = null!;

    public Weftd Weftd { get; private set; } = null!;

    public string StateDirectory => Path.Combine(_directory, "state");

    public string RunDirectory => Path.Combine(_directory, "run");

    public string CniSocket => Path.Combine(RunDirectory, WeftPaths.CniSocketName);

    public string DaemonSocket => Path.Combine(RunDirectory, WeftPaths.DaemonSocketName);

    public string NotesDirectory => Path.Combine(RunDirectory, WeftPaths.DetachNotesName);

    /// <summary>A directory of the test's own, removed at the end.</summary>
    public string Scratch => _directory;

    /// <summary>Makes a node, and starts its weftd.</summary>
    public static async Task<Node> StartAsync(NodeOptions? options = null)
    {
        Node node = await CreateAsync(options);
        try
        {
            await node.StartWeftdAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a node whose weftd does not run.</summary>
    public static async Task<Node> CreateAsync(NodeOptions? options = null)
    {
        var node = new Node(options ?? new NodeOptions());
        Directory.CreateDirectory(node.StateDirectory);
        await node.ReconfigureAsync(node._options.Config);
        await node.Space.ScriptAsync("ip link set lo up");
        if (node._options.World)
        {
            node.World = await World.AroundAsync(node.Space, node._options.UplinkMtu);
        }
        return node;
    }

    /// <summary>Writes weftd's config file, for its next start.</summary>
    /// <param name="lines">Besides the usual ones.</param>
    public Task ReconfigureAsync(string lines) => File.WriteAllTextAsync(ConfigFile, $"node: {_options.Name}\n{lines}\n");

    /// <summary>Starts weftd and waits until it is ready.</summary>
    public async Task StartWeftdAsync()
    {
        Weftd = LaunchWeftd();
        await Weftd.ReadyAsync(DaemonSocket);
    }

    /// <summary>Starts weftd, which may fail to become ready.</summary>
    public Weftd LaunchWeftd(string? runDirectory = null, string? stateDirectory = null) =>
        Weftd.Start(WeftdCommand(runDirectory ?? RunDirectory, stateDirectory ?? StateDirectory));

    public string[] WeftdCommand(string runDirectory, string stateDirectory)
    {
        string[] command = Space.Entering(
            WeftPrograms.Daemon, "--state-dir", stateDirectory, "--run-dir", runDirectory, "--config", ConfigFile);
        return _options.StateKiB == 0
            ? command
            : ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c",
                $"mount -t tmpfs -o size={_options.StateKiB}k weft-test \"$0\" && exec \"$@\"", stateDirectory, .. command];
    }

    /// <summary>A plugin configuration as a conflist has it, for this node's weftd.</summary>
    public JsonObject Configuration(string version = "1.1.0", string network = "net") => new()
    {
        ["cniVersion"] = version,
        ["name"] = network,
        ["type"] = "weft-cni",
        ["socket"] = CniSocket,
    };

    /// <summary>Runs the plugin on this node.</summary>
    /// <param name="before">A command line that runs it, such as a tracer's; empty: none.</param>
    public async Task<CniAnswer> CallAsync(CniCall call, params IEnumerable<string> before) => new(await RunPluginAsync(call, before));

    /// <summary>Runs the plugin on this node; its answer may be cut short.</summary>
    public Task<Finished> RunPluginAsync(CniCall call, params IEnumerable<string> before)
    {
        var environment = new Dictionary<string, string>(call.Environment) { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" };
        return Tool.RunAsync(Space.Entering([.. before, WeftPrograms.Plugin]), call.Input, environment);
    }

    /// <summary>A container that is not attached yet.</summary>
    public Container NewContainer(string? id = null)
    {
        var container = new Container(this, id ?? $"{_options.ContainerPrefix}{++_containerCount}");
        _containers.Add(container);
        return container;
    }

    /// <summary>A container that is attached.</summary>
    public async Task<Container> AttachAsync(string arguments = "")
    {
        Container container = NewContainer();
        await container.AddAsync(arguments);
        return container;
    }

    /// <summary>GC with these as valid.</summary>
    public Task<CniAnswer> CollectAsync(params IEnumerable<Container> valid)
    {
        JsonObject configuration = Configuration();
        configuration["cni.dev/valid-attachments"] =
            new JsonArray([.. valid.Select(c => new JsonObject { ["containerID"] = c.Id, ["ifname"] = "eth0" })]);
        return CallAsync(CniCall.Of("GC", "", "", configuration, interfaceName: ""));
    }

    /// <summary>STATUS of a configuration.</summary>
    public Task<CniAnswer> StatusCallAsync(JsonObject? configuration = null) =>
        CallAsync(CniCall.Of("STATUS", "", "", configuration ?? Configuration(), interfaceName: ""));

    /// <summary>Runs weft against this node's weftd.</summary>
    public Task<Finished> WeftAsync(params string[] arguments) => Tool.RunAsync([WeftPrograms.Cli, "--socket", DaemonSocket, .. arguments]);

    /// <summary>Applies manifests.</summary>
    public async Task ApplyAsync(string manifests)
    {
        string file = Path.Combine(_directory, "manifest.yaml");
        await File.WriteAllTextAsync(file, manifests);
        (await WeftAsync("apply", "-f", file)).Succeeded();
    }

    /// <summary>The status part of `weft status -o json`. Its exit code may be 1: a node that has failed says so.</summary>
    public async Task<JsonElement> StatusAsync()
    {
        Finished run = await WeftAsync("status", "-o", "json");
        Assert.True(run.Output.Length > 0, run.ToString());
        using JsonDocument document = JsonDocument.Parse(run.Output);
        return document.RootElement.GetProperty("status").Clone();
    }

    /// <summary>All of `weft get KIND -o json`.</summary>
    public async Task<IReadOnlyList<JsonElement>> GetAsync(string kind) =>
        [.. (await WeftAsync("get", kind, "-o", "json")).Json().GetProperty("items").EnumerateArray()];

    /// <summary>Endpoints appear a moment after ADD and go a moment after DEL: waits until there are so many.</summary>
    public async Task<IReadOnlyList<JsonElement>> EndpointsAsync(int count)
    {
        IReadOnlyList<JsonElement> endpoints = [];
        await Until.TrueAsync(
            $"`weft get endpoints` lists {count}",
            async () => (endpoints = await GetAsync("endpoints")).Count == count,
            () => $"it lists {endpoints.Count}: {string.Join("\n", endpoints)}\n{Weftd.Log}");
        return endpoints;
    }

    public async ValueTask DisposeAsync()
    {
        if (Weftd is not null)
        {
            await Weftd.DisposeAsync();
        }
        _containers.ForEach(c => c.Dispose());
        World?.Dispose();
        Space.Dispose();
        Directory.Delete(_directory, recursive: true);
        Machine.Look().RequireSameAs(_before);
    }

    private string ConfigFile => Path.Combine(_directory, "weftd.yaml");
}
