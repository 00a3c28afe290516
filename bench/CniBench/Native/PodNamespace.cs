using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Weft.CniBench.Native;

/// <summary>A network namespace kept by a file, as runtimes make them for pods. Removed on Dispose.</summary>
internal sealed unsafe class PodNamespace : IDisposable
{
    private const string Folder = "/run/netns";

    private PodNamespace(string path) => Path = path;

    /// <summary>What CNI_NETNS says.</summary>
    public string Path { get; }

    public static PodNamespace Create(string name)
    {
        Directory.CreateDirectory(Folder);
        string path = $"{Folder}/{name}";
        File.WriteAllBytes(path, []);
        int error = 0;
        // A thread of its own, which ends without ever coming back: it cannot be returned to where it was.
        var thread = new Thread(() =>
        {
            bool made = LibC.Unshare(LibC.CloneNewNet) == 0
                && LibC.Mount("/proc/thread-self/ns/net", path, null, LibC.MsBind, null) == 0;
            error = made ? 0 : Marshal.GetLastPInvokeError();
        });
        thread.Start();
        thread.Join();
        return error == 0 ? new PodNamespace(path) : throw new Win32Exception(error, $"make network namespace {path}");
    }

    public void Dispose()
    {
        if (LibC.Unmount(Path, LibC.MntDetach) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"unmount {Path}");
        }
        File.Delete(Path);
    }
}
