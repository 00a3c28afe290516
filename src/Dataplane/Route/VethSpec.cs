using Weft.Dataplane.Namespaces;

namespace Weft.Dataplane.Route;

/// <summary>A veth pair to create: the host end here, the peer here or in another namespace. The peer is created down.</summary>
public sealed record VethSpec
{
    /// <summary>The host end's name, 1 to 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>The peer's name, 1 to 15 bytes.</summary>
    public required string PeerName { get; init; }

    /// <summary>Where the peer goes; null: the socket's own namespace. Must stay open until the batch has been executed.</summary>
    public NetworkNamespace? PeerNamespace { get; init; }

    /// <summary>The host end's address; null: random.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The peer's address; null: random.</summary>
    public MacAddress? PeerMac { get; init; }

    /// <summary>Bytes; 0: 1500.</summary>
    public int Mtu { get; init; }

    /// <summary>The peer's, in bytes; 0: like the host end.</summary>
    public int PeerMtu { get; init; }

    /// <summary>Index of the bridge that the host end becomes a port of; 0: none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>The host end's interface index; 0: the kernel chooses.</summary>
    public int Index { get; init; }

    /// <summary>
    /// The peer's index in its namespace; 0: the kernel chooses. The kernel heeds it only if <see cref="Index"/> is set too.
    /// </summary>
    public int PeerIndex { get; init; }

    /// <summary>A text for people and for recognising our own links, at most 255 bytes; null: none. Takes a message
    /// more.</summary>
    public string? Alias { get; init; }

    /// <summary>Link group of the host end, for deleting many at once; 0: the default group.</summary>
    public uint Group { get; init; }

    /// <summary>Whether the host end is created up. Its carrier comes with the peer.</summary>
    public bool Up { get; init; }

    /// <summary>The host end's way to an IPv6 link-local address; null: the namespace's default. Takes a message more.</summary>
    public AddressGenerationMode? AddressGeneration { get; init; }
}
