using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>A forwarding entry as the kernel describes it.</summary>
public sealed record FdbInfo
{
    /// <summary>Index of the bridge port, of the bridge itself, or of the VXLAN device.</summary>
    public int LinkIndex { get; internal set; }

    /// <summary>The Ethernet address.</summary>
    public MacAddress Mac { get; internal set; }

    /// <summary>The remote node of a VXLAN, or null.</summary>
    public IPAddress? Remote { get; internal set; }

    /// <summary>Index of the bridge whose table it is in; 0: the device's own.</summary>
    public int MasterIndex { get; internal set; }

    /// <summary>Its state: permanent, static (noarp), or learned.</summary>
    public NeighbourState State { get; internal set; }

    /// <summary>NTF_* flags.</summary>
    public NeighbourFlags Flags { get; internal set; }

    /// <summary>VLAN; 0: none.</summary>
    public ushort Vlan { get; internal set; }
}
