using Weft.Contracts;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Sysctls;

namespace Weft.CniPlugin.Tuning;

/// <summary>Puts kernel parameters back to what they were before an ADD. Never fails a DEL: what cannot be restored is logged.</summary>
internal static class TuningRestorer
{
    /// <summary>For a DEL. Does nothing when the ADD changed nothing that lasts.</summary>
    /// <param name="path">The attachment's file.</param>
    /// <param name="netns">CNI_NETNS; may be empty or gone.</param>
    /// <param name="log">Takes a line for each failure.</param>
    public static void Restore(string path, string netns, Action<string> log)
    {
        if (!File.Exists(path))
        {
            return;
        }
        try
        {
            using NetworkNamespace? container = netns.Length > 0 ? NetworkNamespace.TryFromPath(netns) : null;
            Restore(path, container, log);
        }
        catch (KernelException e)
        {
            log($"DEL: cannot restore sysctls in {netns}: {e.Message}");
        }
    }

    /// <param name="path">The attachment's file; deleted.</param>
    /// <param name="container">The namespace, or null: it is gone, and its parameters with it.</param>
    /// <param name="log">Takes a line for each failure.</param>
    public static void Restore(string path, NetworkNamespace? container, Action<string> log)
    {
        try
        {
            if (SavedSysctls.TryRead(path) is SavedSysctls saved && container is not null && Name(container) == saved.Namespace)
            {
                container.Run(() => RestoreHere(saved, log));
            }
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KernelException)
        {
            log($"cannot restore the sysctls kept in {path}: {e.Message}");
        }
    }

    /// <summary>For a GC: deletes the files of a network's attachments that are no longer valid; nobody knows their namespaces.</summary>
    public static void Forget(string socketPath, string network, IReadOnlyList<(string ContainerId, string InterfaceName)> valid, Action<string> log)
    {
        string directory = SavedSysctls.DirectoryOf(socketPath);
        if (!Directory.Exists(directory))
        {
            return;
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string containerId, string interfaceName) in valid)
        {
            names.Add(WeftPaths.HostInterface(network, containerId, interfaceName));
        }
        foreach (string file in Directory.GetFiles(directory))
        {
            try
            {
                if (!names.Contains(Path.GetFileName(file)) && SavedSysctls.TryRead(file) is { } saved && saved.Network == network)
                {
                    File.Delete(file);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log($"GC: cannot delete {file}: {e.Message}");
            }
        }
    }

    /// <summary>What identifies a namespace until reboot.</summary>
    public static string Name(NetworkNamespace container) => $"{container.Device}:{container.Inode}";

    private static void RestoreHere(SavedSysctls saved, Action<string> log)
    {
        // Last set, first restored: two settings may be of one parameter by different paths.
        for (int i = saved.Values.Count - 1; i >= 0; i--)
        {
            SavedSysctl value = saved.Values[i];
            try
            {
                string? now = Sysctl.TryRead(value.Segments);
                // What somebody has changed since is his. Empty: the ADD was killed meanwhile, so it may be set or not.
                if (now is not null && now != value.Was && (value.Set.Length == 0 || now == value.Set))
                {
                    Sysctl.Write(value.Segments, value.Was);
                }
            }
            catch (Exception e) when (e is KernelException or ArgumentException)
            {
                log($"cannot restore sysctl {string.Join('.', value.Segments)} to \"{value.Was}\": {e.Message}");
            }
        }
    }
}
