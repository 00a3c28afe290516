using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>Another node, as far as the way there goes. Equal targets have the same way.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Underlay">Where the tunnel ends.</param>
/// <param name="Mac">Its VXLAN device's.</param>
/// <param name="Mtu">Bytes that a container's packet to it may have.</param>
/// <param name="Overhead">Bytes that the tunnel adds.</param>
/// <param name="IsDirect">Whether packets to it need no tunnel.</param>
internal sealed record ProbeTarget(uint Number, string Name, IPAddress Underlay, MacAddress Mac, int Mtu, int Overhead, bool IsDirect)
{
    /// <summary>Bytes of the smallest container's packet that can be tried.</summary>
    public int Smallest => IsDirect ? ProbeMessage.Smallest + Overhead : ProbeMessage.Smallest;

    /// <summary>
    /// Bytes within the tunnel that are as long on the wire as a container's packet. A probe always goes through the tunnel, for only there is it answered; without need of one, a container's
    /// packet is as long as the probe's outer one, and both cross the same segment.
    /// </summary>
    public int InnerSize(int packet) => IsDirect ? packet - Overhead : packet;

    /// <summary>Bytes on the wire, from the outermost IP header on.</summary>
    public int OuterSize(int packet) => IsDirect ? packet : packet + Overhead;
}
