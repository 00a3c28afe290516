using Google.Protobuf;

namespace Weft.NetDaemon.Manifests;

/// <summary>A policy, or what policies select by. Whether it can be used is known from itself alone.</summary>
/// <param name="KindName">One of <see cref="ResourceKind.OfPolicy"/>.</param>
/// <param name="Namespace">Empty for kinds that live in none.</param>
/// <param name="Message">As it is stored.</param>
internal sealed record DeclaredPolicyObject(string KindName, string Namespace, string Name, ManifestOrigin Origin, IMessage Message) : DeclaredObject(Name, Origin)
{
    public override string Kind => KindName;

    public override string Home => Namespace;
}
