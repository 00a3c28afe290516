using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <summary>What a node publishes of itself, as far as the overlay of one network needs it. The same facts describe this node and every other.</summary>
internal sealed record OverlayNode
{
    /// <summary>Its name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Its node number: 1 to <see cref="OverlayKeys.HighestNode"/>, given once, kept for life.</summary>
    public required uint Number { get; init; }

    /// <summary>Its IPv4 address on the underlay, or null.</summary>
    public IPAddress? Underlay4 { get; init; }

    /// <summary>Its global IPv6 address on the underlay, or null.</summary>
    public IPAddress? Underlay6 { get; init; }

    /// <summary>Bytes that the interface with these addresses carries.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>UDP port that its tunnels end at.</summary>
    public ushort Port { get; init; } = OverlayNetwork.StandardPort;

    /// <summary>Prefixes of the L2 segments that these addresses are in.</summary>
    public IReadOnlyList<Cidr> Segments { get; init; } = [];

    /// <summary>MAC of the interface with these addresses; null: it is no Ethernet.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Whether it needs no tunnel to nodes on its segments that say so, too.</summary>
    public bool RoutesDirectly { get; init; }

    /// <summary>Its blocks in the network, of both families, and single addresses that live there away from their block.</summary>
    public IReadOnlyList<Cidr> Blocks { get; init; } = [];

    /// <summary>Its underlay address of a family, or null.</summary>
    public IPAddress? Underlay(AddressFamily family) => family == AddressFamily.InterNetwork ? Underlay4 : Underlay6;
}
