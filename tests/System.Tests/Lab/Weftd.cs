using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Tmds.Linux;

namespace Weft.SystemTests.Lab;

/// <summary>A running weftd.</summary>
internal sealed class Weftd : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private Weftd(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has written so far.</summary>
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

    /// <summary>Starts it; it may not be ready yet.</summary>
    public static Weftd Start(IReadOnlyList<string> command) => new(Tool.Start(command));

    /// <summary>Waits until it listens on both sockets: weftd.sock is the last thing it opens.</summary>
    public async Task ReadyAsync(string daemonSocket) =>
        await Until.TrueAsync(
            "weftd is ready",
            () =>
            {
                Assert.False(HasEnded, $"weftd ended with {(HasEnded ? _process.ExitCode : 0)} instead of becoming ready:\n{Log}");
                return Answers(daemonSocket);
            },
            () => Log);

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => Assert.Equal(0, LibC.kill(_process.Id, signal));

    public async Task KillAsync()
    {
        Signal(LibC.SIGKILL);
        await EndedAsync();
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task<int> StopAsync()
    {
        Signal(LibC.SIGTERM);
        await EndedAsync();
        return _process.ExitCode;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task EndedAsync()
    {
        using var limit = new CancellationTokenSource(Tool.Limit);
        await _process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }
        _process.Dispose();
    }

    private static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Append(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.AppendLine(line);
            }
        }
    }
}
