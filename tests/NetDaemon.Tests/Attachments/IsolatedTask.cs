using System.Diagnostics;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>A process in a network namespace of its own that nothing else holds: what a container's task is to `ctr run --cni`.</summary>
internal sealed class IsolatedTask : IDisposable
{
    private readonly Process _process;

    public IsolatedTask()
    {
        // cat ends when its input does, so it never outlives the test; and it answers, so it is known to be in its namespace.
        _process = Process.Start(new ProcessStartInfo("unshare", ["--net", "cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _process.StandardInput.WriteLine("ready");
        _process.StandardInput.Flush();
        if (_process.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException("unshare --net cat does not answer");
        }
    }

    /// <summary>/proc/PID/ns/net.</summary>
    public string NamespacePath => $"/proc/{_process.Id}/ns/net";

    /// <summary>Ends the process, and with it the namespace.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }
        _process.Dispose();
    }
}
