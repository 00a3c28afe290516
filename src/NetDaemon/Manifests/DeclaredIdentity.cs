namespace Weft.NetDaemon.Manifests;

/// <summary>An object of which only kind and name are known: all that deleting needs.</summary>
internal sealed record DeclaredIdentity(string KindName, string Name, ManifestOrigin Origin) : DeclaredObject(Name, Origin)
{
    public override string Kind => KindName;
}
