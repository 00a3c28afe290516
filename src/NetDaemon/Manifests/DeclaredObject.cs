namespace Weft.NetDaemon.Manifests;

/// <summary>An object as a manifest states it, checked by itself but not against what exists.</summary>
/// <param name="Name">An RFC 1123 label.</param>
/// <param name="Origin">Where it was written.</param>
internal abstract record DeclaredObject(string Name, ManifestOrigin Origin)
{
    /// <summary>One of <see cref="ResourceKind"/>.</summary>
    public abstract string Kind { get; }
}
