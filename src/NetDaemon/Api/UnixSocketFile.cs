using System.Net.Sockets;

namespace Weft.NetDaemon.Api;

/// <summary>The file of a listening Unix socket: taken over when its owner is gone, refused while somebody answers on it.</summary>
internal static class UnixSocketFile
{
    /// <summary>Longest path that struct sockaddr_un holds, final zero excluded (unix(7)).</summary>
    private const int MaximumPathBytes = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Removes what a dead process left at <paramref name="path"/>.</summary>
    /// <exception cref="IOException">Another process listens there, something else than a socket is there, or the path is too long.</exception>
    public static void PrepareForBind(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaximumPathBytes)
        {
            throw new IOException($"the socket path {path} is longer than {MaximumPathBytes} bytes; choose a shorter --run-dir");
        }
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            return;
        }
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if ((File.GetAttributes(path) & FileAttributes.Directory) != 0 || new FileInfo(path).Length > 0)
            {
                throw new IOException($"{path} is not a socket; move it away");
            }
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            // A socket of another kind, or one that we may not touch.
            throw new IOException($"{path} cannot be used as a socket: {e.Message}; move it away, or give this weftd another --run-dir", e);
        }
        throw new IOException($"another process listens on {path}; stop it, or give this weftd another --run-dir");
    }

    /// <summary>Lets only the owner connect.</summary>
    public static void RestrictToOwner(string path) => File.SetUnixFileMode(path, OwnerOnly);
}
