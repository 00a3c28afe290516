using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>Properties of a VXLAN device.</summary>
public sealed record VxlanInfo
{
    /// <summary>VXLAN network identifier.</summary>
    public uint Vni { get; internal set; }

    /// <summary>UDP destination port.</summary>
    public ushort Port { get; internal set; }

    /// <summary>Source address of the tunnel; null: chosen by route.</summary>
    public IPAddress? Local { get; internal set; }

    /// <summary>Index of the device that carries the tunnel; 0: chosen by route.</summary>
    public int LowerIndex { get; internal set; }

    /// <summary>Whether it learns remote addresses from what arrives.</summary>
    public bool Learning { get; internal set; }

    /// <summary>Outer time to live; 0: the kernel's default.</summary>
    public byte Ttl { get; internal set; }

    /// <summary>Whether outer packets take DSCP and ECN of the inner ones.</summary>
    public bool InheritTypeOfService { get; internal set; }

    /// <summary>Whether outer IPv4 packets may not be fragmented on their way.</summary>
    public bool DontFragment { get; internal set; }

    /// <summary>Whether outer UDP checksums over IPv4 are computed.</summary>
    public bool UdpChecksum { get; internal set; }
}
