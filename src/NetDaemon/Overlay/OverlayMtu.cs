using System.Net.Sockets;

namespace Weft.NetDaemon.Overlay;

/// <summary>How large a container's packets may be.</summary>
internal static class OverlayMtu
{
    private const int Minimum = 1280;            // RFC 8200 section 5: with less, the device carries no IPv6
    private const int Tunnel = 14 + 8 + 8;       // inner Ethernet, VXLAN, UDP (RFC 7348 section 5)

    /// <summary>Bytes that the tunnel adds: 50 over IPv4, 70 over IPv6.</summary>
    public static int Overhead(AddressFamily underlay) => Tunnel + (underlay == AddressFamily.InterNetwork ? 20 : 40);

    /// <summary>
    /// The smallest of the nodes' MTUs less the tunnel's overhead. The same on each node that knows the same nodes, also between those that
    /// need no tunnel: a container's MTU cannot depend on whom it talks to. At least 1280: where an uplink carries less than that and the tunnel, outer packets are fragmented.
    /// </summary>
    public static int Of(AddressFamily underlay, OverlayNode own, IEnumerable<OverlayNode> others) =>
        Math.Max(Minimum, others.Append(own).Min(n => n.Mtu) - Overhead(underlay));
}
