namespace Weft.NetDaemon.Manifests;

/// <summary>An object of which only kind, namespace and name are known: all that deleting needs.</summary>
internal sealed record DeclaredIdentity(string KindName, string Name, ManifestOrigin Origin) : DeclaredObject(Name, Origin)
{
    /// <summary>Empty for kinds that live in none.</summary>
    public string Namespace { get; init; } = "";

    public override string Kind => KindName;

    public override string Home => Namespace;
}
