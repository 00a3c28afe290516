namespace Weft.CniPlugin.Results;

/// <param name="Name">The interface's name.</param>
/// <param name="Mac">As text; may be empty in what another plugin wrote.</param>
/// <param name="Sandbox">The container's CNI_NETNS; empty on the node's side.</param>
/// <param name="Mtu">Bytes, or 0: not known.</param>
internal sealed record ResultInterface(string Name, string Mac, string Sandbox, uint Mtu)
{
    /// <summary>Of another plugin's interface, since 1.1.0; may be empty.</summary>
    public string SocketPath { get; init; } = "";

    /// <summary>Of another plugin's interface, since 1.1.0; may be empty.</summary>
    public string PciId { get; init; } = "";
}
