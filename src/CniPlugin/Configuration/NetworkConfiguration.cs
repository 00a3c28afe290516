using System.Text.Json;

namespace Weft.CniPlugin.Configuration;

/// <summary>The network configuration from stdin, as far as every verb needs it; checked.</summary>
internal sealed record NetworkConfiguration
{
    public required CniVersion Version { get; init; }

    /// <summary>"name": the first part of the key of each attachment.</summary>
    public required string Name { get; init; }

    /// <summary>"socket": absolute path of weftd's socket.</summary>
    public required string Socket { get; init; }

    /// <summary>"network": name of a Weft Network, or empty: weftd chooses.</summary>
    public string WeftNetwork { get; init; } = "";

    /// <summary>"containerd": absolute path of the socket of a containerd whose container labels count, or empty.</summary>
    public string ContainerdAddress { get; init; } = "";

    /// <summary>The whole object, for what only some verbs read.</summary>
    public required JsonElement Root { get; init; }

    /// <summary>"prevResult", or null when it is absent or null.</summary>
    public JsonElement? PreviousResult => JsonKeys.Find(Root, "prevResult");
}
