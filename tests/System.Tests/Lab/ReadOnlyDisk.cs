using System.Diagnostics;

namespace Weft.SystemTests.Lab;

/// <summary>
/// Makes a running weftd's databases fail as on a file system that was made read-only under it, which the kernel does after errors: every
/// system call that would change one of them ends with EROFS. Real ones cannot be remounted while files are open for writing. Writable again once
/// disposed of.
/// </summary>
internal sealed class ReadOnlyDisk : IAsyncDisposable
{
    private const string Writing = "openat,write,pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync";
    private static readonly string[] Files = ["local.db", "local.db-wal", "store.db", "store.db-wal"];

    private readonly Process _tracer;
    private readonly Weftd _weftd;

    private ReadOnlyDisk(Process tracer, Weftd weftd)
    {
        _tracer = tracer;
        _weftd = weftd;
    }

    public static async Task<ReadOnlyDisk> UnderAsync(Node node)
    {
        int process = node.Weftd.ProcessId;
        Process tracer = Tool.Start(
        [
            "strace", "-f", "-qq", "-o", Path.Combine(node.Scratch, "read-only"), "-e", $"trace={Writing}", "-e", $"inject={Writing}:error=EROFS", "-e", "signal=none",
            .. Files.SelectMany(f => (string[])["-P", Path.Combine(node.StateDirectory, f)]), "-p", $"{process}",
        ]);
        var disk = new ReadOnlyDisk(tracer, node.Weftd);
        await Until.TrueAsync("strace has attached", () => tracer.HasExited || IsTraced(process));
        Assert.False(tracer.HasExited, $"strace ended with {(tracer.HasExited ? tracer.ExitCode : 0)}");
        return disk;
    }

    public async ValueTask DisposeAsync()
    {
        // Threads without a tracer just go on.
        if (!_tracer.HasExited)
        {
            _tracer.Kill();
            await _tracer.WaitForExitAsync();
        }
        _tracer.Dispose();
        Assert.False(_weftd.HasEnded, _weftd.Log);
    }

    private static bool IsTraced(int process)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{process}/task")
                .All(task => !File.ReadAllText(Path.Combine(task, "status")).Contains("TracerPid:\t0\n", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;    // a thread ended meanwhile: look again
        }
    }
}
