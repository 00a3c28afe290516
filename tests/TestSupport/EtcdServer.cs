using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tmds.Linux;
using Weft.Dataplane.Namespaces;

namespace Weft.TestSupport;

/// <summary>
/// An etcd of the test's own, Debian's program with its data in a temporary directory, on a loopback address that no other server uses. It can be
/// killed and started again where it was; <see cref="DisposeAsync"/> ends it and removes its data. A service that the system runs is not touched.
/// </summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("weft-etcd-").FullName;
    private readonly StringBuilder _log = new();
    private readonly string _name;
    private readonly string[] _extra;
    private readonly NetworkNamespace? _within;
    private Process? _process;
    private TaskCompletionSource _serving = new();

    private EtcdServer(string name, IPAddress address, string scheme, string[] extra, NetworkNamespace? within = null)
    {
        (_name, Address, _extra, _within) = (name, address, extra, within);
        int[] ports = FreePorts(address, 2, within);
        ClientUrl = new Uri($"{scheme}://{address}:{ports[0]}");
        PeerUrl = new Uri($"http://{address}:{ports[1]}");
        Peers = $"{name}={PeerUrl.GetLeftPart(UriPartial.Authority)}";
    }

    /// <summary>Whether the program is installed.</summary>
    public static bool IsInstalled => KernelRequirement.ProgramOnPath("etcd") is not null;

    /// <summary>Its loopback address.</summary>
    public IPAddress Address { get; }

    /// <summary>Where clients reach it.</summary>
    public Uri ClientUrl { get; }

    /// <summary>As in etcd's options: without a slash at the end.</summary>
    public string Endpoint => ClientUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>What it has written.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    private Uri PeerUrl { get; }

    private string Peers { get; set; }

    /// <summary>A server alone.</summary>
    /// <param name="scheme">http or https; https needs options that name certificates.</param>
    /// <param name="address">Its address, or null: a new one.</param>
    /// <param name="options">More of etcd's options.</param>
    public static async Task<EtcdServer> StartAsync(string scheme = "http", IPAddress? address = null, params string[] options)
    {
        var server = new EtcdServer("one", address ?? NewAddress(), scheme, options);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A server alone, in a namespace with that address.</summary>
    /// <param name="within">Kept open by the caller for as long as the server is there.</param>
    /// <param name="address">One of the namespace's.</param>
    public static async Task<EtcdServer> StartWithinAsync(NetworkNamespace within, IPAddress address)
    {
        var server = new EtcdServer("one", address, "http", [], within);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A cluster of some members, all running.</summary>
    /// <param name="members">How many.</param>
    public static async Task<IReadOnlyList<EtcdServer>> StartClusterAsync(int members)
    {
        EtcdServer[] servers = [.. Enumerable.Range(0, members).Select(i => new EtcdServer($"m{i}", NewAddress(), "http", []))];
        string peers = string.Join(',', servers.Select(s => s.Peers));
        foreach (EtcdServer server in servers)
        {
            server.Peers = peers;
        }
        await Task.WhenAll(servers.Select(s => s.StartAgainAsync()));
        return servers;
    }

    /// <summary>A loopback address that no other test is likely to use.</summary>
    public static IPAddress NewAddress() =>
        new([127, (byte)Random.Shared.Next(16, 250), (byte)Random.Shared.Next(1, 250), (byte)Random.Shared.Next(1, 250)]);

    /// <summary>An endpoint on which nobody listens.</summary>
    public static Uri DeadEndpoint()
    {
        IPAddress address = NewAddress();
        return new Uri($"http://{address}:{FreePorts(address, 1)[0]}");
    }

    /// <summary>Starts it, with the data that it has, and waits until it takes clients.</summary>
    public async Task StartAgainAsync()
    {
        _serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string client = Endpoint;
        string peer = PeerUrl.GetLeftPart(UriPartial.Authority);
        string[] command =
        [
            .. Entering(), "etcd",
            "--name", _name, "--data-dir", Path.Combine(_directory, "data"), "--logger", "zap", "--log-outputs", "stderr",
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", Peers, "--initial-cluster-state", "new", "--unsafe-no-fsync", .. _extra,
        ];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardError = true };
        foreach (string variable in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(k => k.StartsWith("ETCD", StringComparison.Ordinal)))
        {
            start.Environment.Remove(variable);
        }
        _process = Process.Start(start)!;
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _serving.TrySetException(new InvalidOperationException($"etcd ended instead of serving clients:\n{Log}"));
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.BeginErrorReadLine();
        await _serving.Task.WaitAsync(StartLimit);
    }

    /// <summary>Ends it without a word, as a power loss does. Its data stay.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Stops it where it is: it takes connections and answers nothing.</summary>
    public void Pause()
    {
        Signal(LibC.SIGSTOP);
        // Its threads stop one by one, a moment after the signal is sent.
        string tasks = $"/proc/{_process!.Id}/task";
        while (Directory.GetDirectories(tasks).Any(t => !System.IO.File.ReadAllText(Path.Combine(t, "status")).Contains("State:\tT", StringComparison.Ordinal)))
        {
            Thread.Yield();
        }
    }

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal(LibC.SIGCONT);

    /// <summary>Whether it leads its cluster.</summary>
    public bool IsLeader() => Control("endpoint", "status").Split(", ")[4] == "true";

    /// <summary>Removes the data of a server that was killed: it starts from nothing.</summary>
    public void LoseData() => Directory.Delete(Path.Combine(_directory, "data"), recursive: true);

    /// <summary>Runs etcdctl against this server.</summary>
    /// <param name="arguments">Behind --endpoints.</param>
    public string Control(params string[] arguments)
    {
        string[] command = [.. Entering(), "etcdctl", "--endpoints", Endpoint, .. arguments];
        return Programs.Run(command[0], command.Skip(1), environment: new Dictionary<string, string?> { ["ETCDCTL_API"] = "3" }).Ok();
    }

    /// <summary>A file's path within the server's directory.</summary>
    /// <param name="name">File name.</param>
    public string File(string name) => Path.Combine(_directory, name);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }
        lock (_log)
        {
            _log.AppendLine(line);
        }
        if (line.Contains("serving client traffic", StringComparison.Ordinal) || line.Contains("serving client requests", StringComparison.Ordinal))
        {
            _serving.TrySetResult();
        }
    }

    private void Signal(int signal) => Assert.Equal(0, LibC.kill(_process!.Id, signal));

    // nsenter becomes the program: signals to its process reach that.
    private string[] Entering() => _within is null ? [] : ["nsenter", $"--net={_within.Path}", "--"];

    // All are held until all are known: a port that is given back may be the next one given out.
    private static int[] FreePorts(IPAddress address, int count, NetworkNamespace? within = null)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => within is null ? NewSocket() : within.Open(NewSocket))];
        try
        {
            foreach (Socket socket in sockets)
            {
                socket.Bind(new IPEndPoint(address, 0));
            }
            return [.. sockets.Select(s => ((IPEndPoint)s.LocalEndPoint!).Port)];
        }
        finally
        {
            foreach (Socket socket in sockets)
            {
                socket.Dispose();
            }
        }

        Socket NewSocket() => new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    }
}
