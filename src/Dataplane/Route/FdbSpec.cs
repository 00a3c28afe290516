using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>A forwarding entry: by which port of a bridge, or to which node of a VXLAN, an Ethernet address is reached.</summary>
public sealed record FdbSpec
{
    /// <summary>Index of the bridge port, or of the VXLAN device.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>The Ethernet address; all zero is where a VXLAN sends what it does not know.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>The remote node of a VXLAN; null for a bridge port.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>
    /// Whose table: <see cref="NeighbourFlags.Master"/> is the bridge's, <see cref="NeighbourFlags.Self"/> the VXLAN's own. None: the
    /// VXLAN's with a remote, else the bridge's.
    /// </summary>
    public NeighbourFlags Flags { get; init; }

    /// <summary>
    /// Its state; None: permanent in a VXLAN, and "static" (<see cref="NeighbourState.NoArp"/>) in a bridge, where permanent would mean
    /// an address of the bridge itself.
    /// </summary>
    public NeighbourState State { get; init; }

    /// <summary>VLAN of the bridge; 0: all.</summary>
    public ushort Vlan { get; init; }
}
