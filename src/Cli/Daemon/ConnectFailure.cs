using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Weft.Cli.Daemon;

/// <summary>Words for a socket that cannot be connected to.</summary>
internal static class ConnectFailure
{
    private const int NoSuchFile = 2;             // ENOENT
    private const int PermissionDenied = 13;      // EACCES
    private const int ConnectionRefused = 111;    // ECONNREFUSED: a socket file that nobody listens on

    public static string Describe(string path, SocketException failure)
    {
        // SocketException's own text for ENOENT is "Cannot assign requested address".
        int errno = failure.SocketErrorCode == SocketError.AddressNotAvailable && !File.Exists(path) ? NoSuchFile : failure.NativeErrorCode;
        string nextStep = errno switch
        {
            PermissionDenied => "run as root",
            NoSuchFile or ConnectionRefused => "is it running? try `systemctl status weftd`",
            _ => "see `journalctl -u weftd`",
        };
        return $"weft: weftd is not answering at {path}: {Marshal.GetPInvokeErrorMessage(errno)}; {nextStep}";
    }
}
