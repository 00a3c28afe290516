using System.Diagnostics;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>A containerd of a test's own: its socket, state and images lie in a directory of the test's, and it runs no containers.</summary>
internal sealed class PrivateContainerd : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Process _process;

    private PrivateContainerd(Process process, TempDirectory directory) => (_process, _directory) = (process, directory);

    public string Address => _directory.File("c.sock");

    /// <summary>Starts containerd and waits until it serves.</summary>
    public static async Task<PrivateContainerd> StartAsync()
    {
        KernelRequirement.Root();
        KernelRequirement.Program("containerd");
        KernelRequirement.Program("ctr");
        var directory = new TempDirectory();
        // Without the parts that write outside of their directories or change the machine's network.
        await File.WriteAllTextAsync(directory.File("config.toml"), $"""
            version = 2
            root = "{directory.File("root")}"
            state = "{directory.File("state")}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
              address = "{directory.File("c.sock")}"
            [ttrpc]
              address = "{directory.File("c.sock.ttrpc")}"
            """);
        var start = new ProcessStartInfo(KernelRequirement.ProgramOnPath("containerd")!, ["--config", directory.File("config.toml")])
        {
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        var containerd = new PrivateContainerd(process, directory);
        var booted = new TaskCompletionSource();
        var said = new List<string>();
        process.ErrorDataReceived += (_, line) =>
        {
            said.Add(line.Data ?? "its end");
            if (line.Data is null)
            {
                booted.TrySetException(new InvalidOperationException($"containerd ended:\n{string.Join('\n', said)}"));
            }
            else if (line.Data.Contains("containerd successfully booted", StringComparison.Ordinal))
            {
                booted.TrySetResult();
            }
        };
        process.BeginErrorReadLine();
        try
        {
            await booted.Task.WaitAsync(Programs.DefaultLimit);
            return containerd;
        }
        catch
        {
            await containerd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a container, which is not run.</summary>
    public void Create(string containerdNamespace, string id, params string[] labels)
    {
        string rootfs = Directory.CreateDirectory(_directory.File("empty")).FullName;
        Programs.Run("ctr",
            ["--address", Address, "--namespace", containerdNamespace, "containers", "create", .. labels.SelectMany(l => (string[])["--label", l]), "--rootfs", rootfs, id]).Ok();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }
}
