using Tmds.Linux;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Namespaces;

/// <summary>
/// A network namespace that is held open. It is entered only to open something (a socket, a /proc file); what was opened
/// stays in it.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private const long NamespaceFileSystem = 0x6e736673;     // NSFS_MAGIC (linux/magic.h)

    private readonly FileDescriptor _descriptor;

    private NetworkNamespace(FileDescriptor descriptor)
    {
        _descriptor = descriptor;
        (ulong device, ulong inode) = Syscalls.Identity(descriptor);
        Identity = new NamespaceIdentity(device, inode);
    }

    /// <summary>Which namespace it is. Nobody else gets it while this object holds the namespace.</summary>
    public NamespaceIdentity Identity { get; }

    /// <summary>st_dev of the namespace file; with <see cref="Inode"/> it identifies the namespace until reboot.</summary>
    public ulong Device => Identity.Device;

    /// <summary>st_ino of the namespace file.</summary>
    public ulong Inode => Identity.Inode;

    /// <summary>A path by which other processes can open the namespace while this process holds it.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_descriptor.Number}";

    /// <summary>Opens the namespace behind a path such as /run/netns/NAME or /proc/PID/ns/net.</summary>
    /// <exception cref="KernelException">It cannot be opened, or (EINVAL) the file is not a network namespace.</exception>
    public static NetworkNamespace FromPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // O_NONBLOCK: the path comes from outside, and opening a named pipe would wait for its other end.
        FileDescriptor descriptor = Syscalls.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK);
        try
        {
            // A path whose mount is gone is an empty file; and /proc/PID/ns has namespaces of other kinds.
            return Syscalls.FileSystemType(descriptor) == NamespaceFileSystem && Syscalls.NamespaceType(descriptor) == LibC.CLONE_NEWNET
                ? new NetworkNamespace(descriptor)
                : throw new KernelException { Operation = $"open network namespace {path}", Errno = Errno.EINVAL };
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="FromPath"/>, but null when the path names no network namespace (any more).</summary>
    /// <exception cref="KernelException">It could not be found out: not permitted, too many open files.</exception>
    public static NetworkNamespace? TryFromPath(string path)
    {
        try
        {
            return FromPath(path);
        }
        catch (KernelException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.EINVAL or Errno.ESRCH or Errno.ENXIO)
        {
            return null;
        }
    }

    /// <summary>Whether the path names this very namespace now: the name may have gone, or have been given to another.</summary>
    /// <exception cref="KernelException">It could not be found out.</exception>
    public bool IsNamedBy(string path)
    {
        using NetworkNamespace? named = TryFromPath(path);
        return named is not null && named.Identity == Identity;
    }

    /// <summary>The calling thread's own namespace.</summary>
    public static NetworkNamespace Current() => FromPath("/proc/thread-self/ns/net");

    /// <summary>Makes a new, empty namespace, which lives for as long as something holds it.</summary>
    /// <exception cref="KernelException">Not permitted (EPERM), or too many (ENOSPC).</exception>
    public static NetworkNamespace Create() => OnThreadOfItsOwn(static () =>
    {
        Syscalls.UnshareNetworkNamespace();
        return Current();
    });

    /// <summary>Whether both are the same namespace.</summary>
    public bool IsSameAs(NetworkNamespace other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Identity == other.Identity;
    }

    /// <summary>
    /// Runs <paramref name="open"/> inside the namespace and returns what it opened. It runs on a thread of its own that ends
    /// afterwards, so no other code can find itself in the namespace; it must not await.
    /// </summary>
    /// <exception cref="KernelException">The namespace cannot be entered.</exception>
    public T Open<T>(Func<T> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        return OnThreadOfItsOwn(() =>
        {
            Syscalls.EnterNetworkNamespace(_descriptor);
            return open();
        });
    }

    /// <summary>Runs <paramref name="work"/> inside the namespace, as <see cref="Open"/> does.</summary>
    /// <exception cref="KernelException">The namespace cannot be entered.</exception>
    public void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Open(() =>
        {
            work();
            return true;
        });
    }

    /// <summary>Lets go of the namespace.</summary>
    public void Dispose() => _descriptor.Dispose();

    internal int DescriptorNumber => _descriptor.Number;

    private static T OnThreadOfItsOwn<T>(Func<T> work)
    {
        T result = default!;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = work();
                }
                catch (Exception e)
                {
                    failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
                }
            },
            maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
