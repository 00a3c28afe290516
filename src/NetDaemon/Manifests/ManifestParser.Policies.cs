using Google.Protobuf;
using Weft.Manifests.Yaml;
using Weft.Policy.Objects;

namespace Weft.NetDaemon.Manifests;

/// <content>Policies and what they select by, and which API versions there are.</content>
internal sealed partial class ManifestParser
{
    private void ReadPolicyObject(string apiVersion, string kind, FieldReader fields, ManifestOrigin origin)
    {
        if (_identityOnly)
        {
            if (PolicyObjectReader.ReadIdentity(kind, fields) is (string home, string name))
            {
                AddOnce(fields, kind, home, name, new DeclaredIdentity(kind, name, origin) { Namespace = home }, origin);
            }
            return;
        }
        int problems = _problems.Count;
        var read = new PolicyManifests();
        (string Namespace, string Name) identity = PolicyObjectReader.Read(apiVersion, kind, fields, read) ?? default;
        IMessage? message = _problems.Count > problems ? null : MessageOf(read);
        AddOnce(fields, kind, identity.Namespace, identity.Name.Length == 0 ? null : identity.Name,
            message is null ? null : new DeclaredPolicyObject(kind, identity.Namespace, identity.Name, origin, message), origin);
    }

    private static IMessage? MessageOf(PolicyManifests read) =>
        ((IEnumerable<IMessage>)[.. read.NetworkPolicies, .. read.ClusterNetworkPolicies, .. read.HostPolicies, .. read.NetworkSets, .. read.Namespaces]).FirstOrDefault();

    /// <summary>A List, or a list of one kind, as API servers return them.</summary>
    private static bool IsList(string? apiVersion, string? kind, FieldReader fields) =>
        (kind == "List" && apiVersion is PolicyKinds.CoreVersion or null or ResourceKind.ApiVersion)
        || (kind is not null && kind.EndsWith("List", StringComparison.Ordinal) && fields.Has("items")
            && PolicyKinds.IsPolicyObject(apiVersion ?? "", kind[..^"List".Length]));

    private static void RefuseVersion(FieldReader fields, string apiVersion, string? kind)
    {
        if (kind is null || ResourceKind.OfNetworks.Contains(kind))
        {
            fields.Refuse("apiVersion", $"{Quoted.Text(apiVersion)} is not known; write {ResourceKind.ApiVersion}");
        }
        else if (apiVersion == PolicyKinds.CoreVersion && kind is PolicyKinds.Pod or PolicyKinds.Node or "Endpoints")
        {
            fields.Refuse("kind", $"a {kind} cannot be applied: weftd knows its containers and nodes itself; leave it out (only `weft policy` reads Pods and Nodes, with -f)");
        }
        else if (PolicyKinds.WhyWrongVersion(apiVersion, kind) is { } wrong)
        {
            fields.Refuse("apiVersion", wrong);
        }
        else
        {
            fields.Refuse("apiVersion", $"{Quoted.Text(apiVersion)} is not known; write {ResourceKind.ApiVersion}, or for policies what Kubernetes has: "
                + $"{PolicyKinds.NetworkingVersion}, {PolicyKinds.ClusterPolicyVersion}, {PolicyKinds.CoreVersion}");
        }
    }
}
