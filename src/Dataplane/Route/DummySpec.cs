namespace Weft.Dataplane.Route;

/// <summary>A dummy device to create: it swallows what is sent to it. Not every kernel has the driver (EOPNOTSUPP).</summary>
public sealed record DummySpec
{
    /// <summary>Its name, 1 to 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>Its address; null: random.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes; 0: 1500.</summary>
    public int Mtu { get; init; }

    /// <summary>A text for people and for recognising our own links, at most 255 bytes; null: none. Takes a message more.</summary>
    public string? Alias { get; init; }

    /// <summary>Whether it is created up.</summary>
    public bool Up { get; init; }
}
