using System.IO.Hashing;
using System.Text;

namespace Weft.Contracts;

/// <summary>Where programs meet on a node, and names that two programs must derive alike.</summary>
public static class WeftPaths
{
    /// <summary>Default directory of sockets and of what does not outlive a reboot.</summary>
    public const string RunDirectory = "/run/weft";

    /// <summary>Default directory of state that outlives a reboot.</summary>
    public const string StateDirectory = "/var/lib/weft";

    /// <summary>File name, within the run directory, of the socket for weft-cni (framed protobuf).</summary>
    public const string CniSocketName = "cni.sock";

    /// <summary>File name, within the run directory, of the socket for people's programs (gRPC).</summary>
    public const string DaemonSocketName = "weftd.sock";

    /// <summary>
    /// Directory, beside cni.sock, in which weft-cni leaves a note for each DEL that weftd was not there to hear: a file
    /// named after the host interface that holds the bytes of a <c>DetachRequest</c>, without a length in front. weftd replays and removes them.
    /// </summary>
    public const string DetachNotesName = "detached";

    /// <summary>First letters of the host end of every container's veth; nothing else on a node may be named so.</summary>
    public const string PortPrefix = "wft";

    /// <summary>First letters of every bridge, followed by the network's number.</summary>
    public const string BridgePrefix = "weft";

    /// <summary>
    /// Name of the host end of an attachment's veth: <see cref="PortPrefix"/> and 12 letters or digits, 15 bytes in all
    /// (IFNAMSIZ less the final zero), from the XXH128 of the three parts of the key with a zero byte between. (Not a cryptographic
    /// hash: those need OpenSSL, which the static plugin cannot load. Two keys that collide make the second ADD fail, no more.)
    /// </summary>
    /// <param name="network">The network configuration's name.</param>
    /// <param name="containerId">CNI_CONTAINERID.</param>
    /// <param name="interfaceName">CNI_IFNAME.</param>
    public static string HostInterface(string network, string containerId, string interfaceName)
    {
        const string alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        byte[] hash = XxHash128.Hash(Encoding.UTF8.GetBytes($"{network}\0{containerId}\0{interfaceName}"));
        Span<char> name = stackalloc char[PortPrefix.Length + 12];
        PortPrefix.CopyTo(name);
        for (int i = 0; i < 12; i++)
        {
            name[PortPrefix.Length + i] = alphabet[hash[i] & 31];
        }
        return new string(name);
    }
}
