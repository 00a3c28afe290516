namespace Weft.Dataplane.TrafficControl;

/// <summary>
/// An intermediate functional block to create: what is redirected to it passes its queueing discipline and goes on where it came from.
/// A kernel without the driver says EOPNOTSUPP.
/// </summary>
public sealed record IfbSpec
{
    /// <summary>Its name, 1 to 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>A text for people and for recognising our own links, at most 255 bytes. Takes a message more.</summary>
    public required string Alias { get; init; }
}
