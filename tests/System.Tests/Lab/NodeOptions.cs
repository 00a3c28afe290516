namespace Weft.SystemTests.Lab;

/// <summary>How a test's node is made.</summary>
internal sealed record NodeOptions
{
    /// <summary>The node's name.</summary>
    public string Name { get; init; } = "node-1";

    /// <summary>Begins the IDs of its containers, which differ between nodes.</summary>
    public string ContainerPrefix { get; init; } = "c";

    /// <summary>Lines of weftd's config file, besides the usual ones.</summary>
    public string Config { get; init; } = "";

    /// <summary>Whether there is a world outside.</summary>
    public bool World { get; init; }

    /// <summary>Of the uplink, in bytes.</summary>
    public int UplinkMtu { get; init; } = 1500;

    /// <summary>Size of a file system of its own for the state directory, in KiB; 0: a directory like any other.</summary>
    public int StateKiB { get; init; }
}
