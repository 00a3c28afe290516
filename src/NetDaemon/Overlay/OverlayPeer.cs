using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <summary>What one remote node is to the kernel.</summary>
/// <param name="Node">What it publishes.</param>
/// <param name="Nexthop">Number of the nexthop object that leads to it.</param>
/// <param name="Gateway">Its address behind the VXLAN device, and behind the uplink where it is reached directly.</param>
/// <param name="Mac">Its VXLAN device's.</param>
/// <param name="Underlay">Where the tunnel ends.</param>
/// <param name="Adjacent">MAC with which it may send without the tunnel, on our own segment; null: by the tunnel alone.</param>
/// <param name="IsDirect">Whether it is reached by that MAC, without the tunnel.</param>
/// <param name="Blocks">Its blocks that are routed to it.</param>
internal sealed record OverlayPeer(
    OverlayNode Node, uint Nexthop, IPAddress Gateway, MacAddress Mac, IPAddress Underlay, MacAddress? Adjacent, bool IsDirect, IReadOnlyList<Cidr> Blocks);
