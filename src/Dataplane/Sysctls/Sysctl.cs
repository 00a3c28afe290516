using System.Text;
using Tmds.Linux;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Sysctls;

/// <summary>
/// Kernel parameters under /proc/sys. A parameter is named by its path's segments, so an interface name may contain dots:
/// <c>["net", "ipv4", "conf", "eth0.100", "forwarding"]</c>. Those under "net" belong to the namespace in which the file is opened.
/// </summary>
public static class Sysctl
{
    private const int LongestValue = 4096;       // the kernel shows one page at most

    /// <summary>The value, without the final line end.</summary>
    /// <param name="name">The segments below /proc/sys.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    /// <exception cref="KernelException">There is no such parameter (ENOENT), or it cannot be read.</exception>
    /// <exception cref="ArgumentException">A segment is empty, "." or "..", or has a slash.</exception>
    public static string Read(ReadOnlySpan<string> name, NetworkNamespace? within = null)
    {
        string path = PathOf(name);
        return within is null ? ReadHere(path) : within.Open(() => ReadHere(path));
    }

    /// <summary>As <see cref="Read"/>, but null when there is no such parameter.</summary>
    public static string? TryRead(ReadOnlySpan<string> name, NetworkNamespace? within = null)
    {
        try
        {
            return Read(name, within);
        }
        catch (KernelException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }
    }

    /// <summary>Sets the value.</summary>
    /// <param name="name">The segments below /proc/sys.</param>
    /// <param name="value">What to set.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    /// <exception cref="KernelException">There is no such parameter (ENOENT), it is read-only here (EROFS, EACCES), or the kernel does
    /// not take the value (EINVAL).</exception>
    /// <exception cref="ArgumentException">A segment is empty, "." or "..", or has a slash.</exception>
    public static void Write(ReadOnlySpan<string> name, string value, NetworkNamespace? within = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        string path = PathOf(name);
        if (within is null)
        {
            WriteHere(path, value);
        }
        else
        {
            within.Run(() => WriteHere(path, value));
        }
    }

    private static string PathOf(ReadOnlySpan<string> name)
    {
        if (name.IsEmpty)
        {
            throw new ArgumentException("a kernel parameter has a name", nameof(name));
        }
        var path = new StringBuilder("/proc/sys");
        foreach (string segment in name)
        {
            if (string.IsNullOrEmpty(segment) || segment is "." or ".." || segment.AsSpan().ContainsAny('/', '\0'))
            {
                throw new ArgumentException($"'{segment}' cannot be a part of a kernel parameter's name", nameof(name));
            }
            path.Append('/').Append(segment);
        }
        return path.ToString();
    }

    private static string ReadHere(string path)
    {
        using FileDescriptor file = Syscalls.Open(path, LibC.O_RDONLY);
        Span<byte> buffer = stackalloc byte[LongestValue];
        int length;
        try
        {
            length = Syscalls.Read(file, buffer);
        }
        catch (KernelException e)
        {
            throw new KernelException { Operation = $"read {path}", Errno = e.Errno };
        }
        return Encoding.UTF8.GetString(buffer[..length]).TrimEnd('\n');
    }

    private static void WriteHere(string path, string value)
    {
        using FileDescriptor file = Syscalls.Open(path, LibC.O_WRONLY);
        try
        {
            Syscalls.Write(file, Encoding.UTF8.GetBytes(value));
        }
        catch (KernelException e)
        {
            throw new KernelException { Operation = $"write '{value}' to {path}", Errno = e.Errno };
        }
    }
}
