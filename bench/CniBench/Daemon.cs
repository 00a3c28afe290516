using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Weft.CniBench.Native;

namespace Weft.CniBench;

/// <summary>A weftd of the benchmark's own. Stopped on Dispose.</summary>
internal sealed class Daemon : IDisposable
{
    private const int SignalTerminate = 15;
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);

    private readonly int _pid;

    private Daemon(int pid, string socket) => (_pid, CniSocket) = (pid, socket);

    public string CniSocket { get; }

    /// <summary>Resident memory in KiB, now (VmRSS).</summary>
    public long ResidentKibibytes => long.Parse(
        File.ReadLines($"/proc/{_pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>User and system time so far, in steps of 10 ms (proc(5): utime and stime of /proc/PID/stat).</summary>
    public TimeSpan Cpu
    {
        get
        {
            string stat = File.ReadAllText($"/proc/{_pid}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return TimeSpan.FromMilliseconds(ticks * 10);
        }
    }

    /// <exception cref="TimeoutException">Nothing answers on its socket after 20 seconds.</exception>
    public static Daemon Start(Options options)
    {
        const string run = "/run/weft";
        int pid = PluginProcess.Start(
            Path.Combine(options.ProgramFolder, "weftd"),
            ["--node", "bench", "--state-dir", "/var/lib/weft", "--run-dir", run],
            ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]);
        var daemon = new Daemon(pid, $"{run}/cni.sock");
        long started = Stopwatch.GetTimestamp();
        while (!daemon.Answers())
        {
            if (Stopwatch.GetElapsedTime(started) > LongestStart)
            {
                daemon.Dispose();
                throw new TimeoutException($"weftd does not answer on {daemon.CniSocket} after {LongestStart}");
            }
            Thread.Sleep(20);
        }
        return daemon;
    }

    public void Dispose()
    {
        if (LibC.Kill(_pid, SignalTerminate) == 0)
        {
            PluginProcess.Wait(_pid);
        }
    }

    private bool Answers()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(CniSocket));
            return true;
        }
        catch (SocketException)
        {
            return false;    // not there yet: the caller knows how long to try
        }
    }
}
