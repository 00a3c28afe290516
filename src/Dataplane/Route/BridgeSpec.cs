namespace Weft.Dataplane.Route;

/// <summary>A bridge to create.</summary>
public sealed record BridgeSpec
{
    /// <summary>Its name, 1 to 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>Its address; null: random, changing with its ports.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes; 0: 1500, then the smallest of its ports.</summary>
    public int Mtu { get; init; }

    /// <summary>Its interface index; 0: the kernel chooses.</summary>
    public int Index { get; init; }

    /// <summary>How long learned addresses stay; null: 300 s. Kept to 10 ms.</summary>
    public TimeSpan? AgeingTime { get; init; }

    /// <summary>Spanning tree.</summary>
    public bool SpanningTree { get; init; }

    /// <summary>Multicast snooping.</summary>
    public bool MulticastSnooping { get; init; }

    /// <summary>VLAN filtering.</summary>
    public bool VlanFiltering { get; init; }

    /// <summary>A text for people and for recognising our own links, at most 255 bytes; null: none. Takes a message more.</summary>
    public string? Alias { get; init; }

    /// <summary>Link group; 0: the default group.</summary>
    public uint Group { get; init; }

    /// <summary>Whether it is created up.</summary>
    public bool Up { get; init; }

    /// <summary>Its way to an IPv6 link-local address; null: the namespace's default. Takes a message more.</summary>
    public AddressGenerationMode? AddressGeneration { get; init; }
}
