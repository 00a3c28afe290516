using System.Net.Sockets;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Overlay;

/// <summary>How a network crosses the underlay: the same on every node, or nodes would not understand each other.</summary>
internal sealed record OverlayNetwork
{
    /// <summary>UDP port of VXLAN (RFC 7348 section 5).</summary>
    public const ushort StandardPort = 4789;

    public required string Name { get; init; }

    /// <summary>Counts the networks of all nodes, 1 to <see cref="OverlayKeys.HighestNetwork"/>.</summary>
    public required uint Number { get; init; }

    /// <summary>VXLAN network identifier, 24 bits.</summary>
    public required uint Vni { get; init; }

    /// <summary>UDP destination port.</summary>
    public ushort Port { get; init; } = StandardPort;

    /// <summary>Family of the outer packets. A VXLAN device speaks one (vxlan_open in drivers/net/vxlan).</summary>
    public AddressFamily Underlay { get; init; } = AddressFamily.InterNetwork;

    /// <summary>Name of the VXLAN device: the bridge's and an x.</summary>
    public string Device => $"{NetworkView.BridgeName(Number)}x";

    /// <summary>By which the device is known as Weft's.</summary>
    public string Alias => $"{AliasPrefix}{Name}";

    /// <summary>Begins the alias of every VXLAN device of Weft's.</summary>
    public const string AliasPrefix = "weft overlay ";
}
