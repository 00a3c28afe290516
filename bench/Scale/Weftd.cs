using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Weft.Scale;

/// <summary>The real weftd, as it is installed, with a log that can be read. Stopped on Dispose.</summary>
internal sealed class Weftd : IDisposable
{
    public const string State = "/var/lib/weft";

    private const string Run = "/run/weft";
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private readonly Options _options;
    private readonly List<string> _log = [];
    private readonly int _pid;

    private Weftd(Process process, Options options, long began)
    {
        (_process, _options, Began) = (process, options, began);
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.Add(line.Data ?? "");
            }
        };
        _process.BeginErrorReadLine();
        _pid = process.Id;
    }

    /// <summary>When it was started (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public long Began { get; }

    /// <summary>From its start until its socket took connections.</summary>
    public TimeSpan UntilReady { get; private set; }

    /// <summary>All that it has said so far.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Megabytes that it has at the moment, and had at most.</summary>
    public (double Now, double Most) Resident => (Megabytes("VmRSS:"), Megabytes("VmHWM:"));

    /// <summary>User and system time so far, in steps of 10 ms (proc(5): utime and stime of /proc/PID/stat).</summary>
    public TimeSpan Cpu
    {
        get
        {
            string stat = File.ReadAllText($"/proc/{_pid}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="through">A program and its arguments that run it; none: it is run as it is.</param>
    /// <exception cref="TimeoutException">It does not answer; says what it wrote.</exception>
    public static Weftd Start(Options options, params string[] through)
    {
        string[] command = [.. through, Path.Combine(options.ProgramFolder, "weftd"),
            "--node", "scale", "--state-dir", State, "--run-dir", Run, "--config", "/etc/weft/weftd.yaml", "--store", "etcd", "--etcd-endpoints", options.Etcd];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true };
        long began = Stopwatch.GetTimestamp();
        var daemon = new Weftd(Process.Start(start)!, options, began);
        while (!Answers())
        {
            if (Stopwatch.GetElapsedTime(began) > LongestStart || daemon._process.HasExited)
            {
                daemon.Dispose();
                throw new TimeoutException($"weftd does not answer on {Run}: {string.Join('\n', daemon.Log)}");
            }
            Thread.Sleep(BetweenLooks);
        }
        daemon.UntilReady = Stopwatch.GetElapsedTime(began);
        return daemon;
    }

    /// <summary>Runs `weft` against it.</summary>
    public string Ask(params string[] arguments) => Command.Run(Path.Combine(_options.ProgramFolder, "weft"), ["--socket", $"{Run}/weftd.sock", .. arguments]).Output;

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // Through another program, that one's only child; it ends with it.
            string children = File.ReadAllText($"/proc/{_pid}/task/{_pid}/children").Trim();
            Command.Run("kill", "-TERM", children.Length > 0 && !children.Contains(' ') ? children : _pid.ToString(CultureInfo.InvariantCulture));
        }
        _process.WaitForExit();
        _process.Dispose();
    }

    private static bool Answers()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint($"{Run}/weftd.sock"));
            return true;
        }
        catch (SocketException)
        {
            return false;    // not there yet: the caller knows how long to try
        }
    }

    private double Megabytes(string field) => 1024e-6 * long.Parse(
        File.ReadLines($"/proc/{_pid}/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
