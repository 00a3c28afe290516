namespace Weft.NetDaemon.Manifests;

/// <param name="Vni">1 to 16777215, or 0: the network's number.</param>
/// <param name="Mtu">Bytes in the container, 1280 to 65535, or 0: from the uplink.</param>
/// <param name="Masquerade">Whether traffic that leaves all pools takes the node's address.</param>
internal sealed record DeclaredNetwork(string Name, ManifestOrigin Origin, uint Vni, uint Mtu, bool Masquerade) : DeclaredObject(Name, Origin)
{
    /// <summary>Name of the CNI configuration that it is made from, or empty: a person's.</summary>
    public string CniConfiguration { get; init; } = "";

    public override string Kind => ResourceKind.Network;
}
