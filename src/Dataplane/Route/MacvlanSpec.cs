namespace Weft.Dataplane.Route;

/// <summary>A macvlan device to create: a link with an address of its own on top of another. Not every kernel has the driver (EOPNOTSUPP).</summary>
public sealed record MacvlanSpec
{
    /// <summary>Its name, 1 to 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the device below, which then takes every frame from its wire (promiscuous) unless its driver can filter.</summary>
    public required int LowerIndex { get; init; }

    /// <summary>What it receives.</summary>
    public required MacvlanMode Mode { get; init; }

    /// <summary>Its address, not the lower device's; null: random.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes, at most the lower device's; 0: as many.</summary>
    public int Mtu { get; init; }

    /// <summary>A text for people and for recognising our own links, at most 255 bytes; null: none. Takes a message more.</summary>
    public string? Alias { get; init; }

    /// <summary>Whether it is created up.</summary>
    public bool Up { get; init; }

    /// <summary>Its way to an IPv6 link-local address; null: the namespace's default. Takes a message more.</summary>
    public AddressGenerationMode? AddressGeneration { get; init; }
}
