using System.Net.Sockets;

namespace Weft.NetDaemon.Overlay;

/// <summary>How large a container's packets may be.</summary>
internal static class OverlayMtu
{
    private const int Tunnel = 14 + 8 + 8;       // inner Ethernet, VXLAN, UDP (RFC 7348 section 5)

    /// <summary>Bytes that the tunnel adds: 50 over IPv4, 70 over IPv6.</summary>
    public static int Overhead(AddressFamily underlay) => Tunnel + (underlay == AddressFamily.InterNetwork ? 20 : 40);

    /// <summary>
    /// The smallest of the nodes' MTUs less the tunnel's overhead. The same on each node that knows the same nodes, also between those that
    /// need no tunnel: a container's MTU cannot depend on whom it talks to.
    /// </summary>
    public static int Of(AddressFamily underlay, OverlayNode own, IEnumerable<OverlayNode> others) =>
        others.Append(own).Min(n => n.Mtu) - Overhead(underlay);
}
