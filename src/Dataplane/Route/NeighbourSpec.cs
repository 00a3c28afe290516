using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>A neighbour entry: which Ethernet address an IP address has on a link.</summary>
public sealed record NeighbourSpec
{
    /// <summary>The interface's index.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>The neighbour's IP address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Its Ethernet address; null for a proxy entry or a deletion.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Its state; <see cref="NeighbourState.Permanent"/> needs no resolving and never expires.</summary>
    public NeighbourState State { get; init; } = NeighbourState.Permanent;

    /// <summary>A proxy entry: this machine answers for the address (NTF_PROXY).</summary>
    public bool Proxy { get; init; }

    /// <summary>Whose it is (NDA_PROTOCOL). The kernel heeds it when it creates an entry, not when it changes one.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Weft;
}
