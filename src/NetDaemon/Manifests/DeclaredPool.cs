namespace Weft.NetDaemon.Manifests;

/// <param name="Network">Name of the network that it belongs to.</param>
/// <param name="Cidr">A range that <see cref="Networks.PoolRules"/> allows.</param>
/// <param name="BlockSize">Prefix length of its blocks, as <see cref="Networks.PoolRules"/> allows.</param>
internal sealed record DeclaredPool(string Name, ManifestOrigin Origin, string Network, Cidr Cidr, uint BlockSize)
    : DeclaredObject(Name, Origin)
{
    /// <summary>Addresses of it that no container gets; null: those that the pool has already.</summary>
    public IReadOnlyList<System.Net.IPAddress>? Withheld { get; init; }

    /// <summary>Labels that a node must have to give out its addresses; empty: every node does.</summary>
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Namespaces whose endpoints get its addresses; empty: those that no pool names.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    public override string Kind => ResourceKind.Pool;
}
