using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>A neighbour entry as the kernel describes it.</summary>
public sealed record NeighbourInfo
{
    /// <summary>The interface's index; 0 for a proxy entry of all interfaces.</summary>
    public int LinkIndex { get; internal set; }

    /// <summary>The neighbour's IP address.</summary>
    public IPAddress Address { get; internal set; } = IPAddress.None;

    /// <summary>Its Ethernet address; null while unknown.</summary>
    public MacAddress? Mac { get; internal set; }

    /// <summary>Its state.</summary>
    public NeighbourState State { get; internal set; }

    /// <summary>NTF_* flags.</summary>
    public NeighbourFlags Flags { get; internal set; }

    /// <summary>Whose it is (NDA_PROTOCOL); 0: not said.</summary>
    public byte Protocol { get; internal set; }
}
