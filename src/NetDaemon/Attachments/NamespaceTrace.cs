using Weft.Dataplane;
using Weft.Dataplane.Namespaces;

namespace Weft.NetDaemon.Attachments;

/// <summary>Whether a container's network namespace still lives, as far as its path tells.</summary>
internal enum NamespaceTrace
{
    /// <summary>weftd does not see the path (it may be in another mount namespace), so the path tells nothing.</summary>
    Unseen,

    /// <summary>The path names the very namespace that ADD was called with.</summary>
    Alive,

    /// <summary>The path is gone, or names something else.</summary>
    Gone,
}

/// <summary>Looks for a container's namespace.</summary>
internal static class NamespaceTraces
{
    /// <summary>What the path of an attachment's namespace says now. Opens it for a moment, enters nothing.</summary>
    public static NamespaceTrace Find(AttachmentRecord attachment)
    {
        if (attachment.NetnsInode == 0)
        {
            return NamespaceTrace.Unseen;       // nor did ADD see it
        }
        try
        {
            using NetworkNamespace? named = NetworkNamespace.TryFromPath(attachment.Netns);
            return named is not null && (named.Device, named.Inode) == (attachment.NetnsDevice, attachment.NetnsInode) ? NamespaceTrace.Alive
                : named is not null || DirectoryIsVisible(attachment.Netns) ? NamespaceTrace.Gone
                : NamespaceTrace.Unseen;
        }
        catch (KernelException)
        {
            return NamespaceTrace.Unseen;       // not permitted, or no descriptor left: that says nothing of the container
        }
    }

    // Of /proc/PID/ns/net everything from PID on goes with the process.
    private static bool DirectoryIsVisible(string path) => path.StartsWith("/proc/", StringComparison.Ordinal)
        ? Directory.Exists("/proc/self/ns")
        : Directory.Exists(Path.GetDirectoryName(path));
}
