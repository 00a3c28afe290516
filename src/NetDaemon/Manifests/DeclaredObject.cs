namespace Weft.NetDaemon.Manifests;

/// <summary>An object as a manifest states it, checked by itself but not against what exists.</summary>
/// <param name="Name">As its kind asks: an RFC 1123 label or host name.</param>
/// <param name="Origin">Where it was written.</param>
internal abstract record DeclaredObject(string Name, ManifestOrigin Origin)
{
    /// <summary>One of <see cref="ResourceKind"/>.</summary>
    public abstract string Kind { get; }

    /// <summary>The namespace that it lives in, or empty for kinds that live in none.</summary>
    public virtual string Home => "";

    /// <summary>NAMESPACE/NAME, or the name alone for kinds that live in no namespace.</summary>
    public string FullName => Home.Length == 0 ? Name : $"{Home}/{Name}";
}
