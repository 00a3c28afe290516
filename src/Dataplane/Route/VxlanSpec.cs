using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>A VXLAN device to create (RFC 7348).</summary>
public sealed record VxlanSpec
{
    /// <summary>Its name, 1 to 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>VXLAN network identifier, 0 to 16,777,215.</summary>
    public required uint Vni { get; init; }

    /// <summary>UDP destination port.</summary>
    public ushort Port { get; init; } = 4789;

    /// <summary>Source address of the tunnel, IPv4 or IPv6; null: chosen by route, IPv4.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>Index of the device that carries the tunnel; 0: chosen by route.</summary>
    public int LowerIndex { get; init; }

    /// <summary>Whether it learns remote addresses from what arrives.</summary>
    public bool Learning { get; init; }

    /// <summary>Outer time to live; 0: the kernel's default.</summary>
    public byte Ttl { get; init; }

    /// <summary>Whether outer packets take DSCP and ECN of the inner ones.</summary>
    public bool InheritTypeOfService { get; init; }

    /// <summary>Whether outer IPv4 packets may not be fragmented on their way (Linux 4.20).</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether outer UDP checksums are computed.</summary>
    public bool UdpChecksum { get; init; } = true;

    /// <summary>Its address; null: random.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes; 0: the lower device's less the overhead.</summary>
    public int Mtu { get; init; }

    /// <summary>Its interface index; 0: the kernel chooses.</summary>
    public int Index { get; init; }

    /// <summary>A text for people and for recognising our own links, at most 255 bytes; null: none. Takes a message more.</summary>
    public string? Alias { get; init; }

    /// <summary>Link group; 0: the default group.</summary>
    public uint Group { get; init; }

    /// <summary>Whether it is created up.</summary>
    public bool Up { get; init; }

    /// <summary>Its way to an IPv6 link-local address; null: the namespace's default. Takes a message more.</summary>
    public AddressGenerationMode? AddressGeneration { get; init; }
}
