using Weft.Contracts.V1;
using Weft.Manifests.Yaml;

namespace Weft.Policy.Objects;

/// <summary>Reads one object of any kind that policy is made of, told by its apiVersion and kind.</summary>
public static class PolicyObjectReader
{
    /// <summary>
    /// Reads the object into the list of its kind. Everything wrong with it goes to the reader's problems; what is read then is not to be used.
    /// </summary>
    /// <param name="apiVersion">Of the object.</param>
    /// <param name="kind">Of the object.</param>
    /// <param name="fields">The object, with apiVersion and kind already asked for.</param>
    /// <param name="into">Gets the object.</param>
    /// <returns>Its namespace and name, or null: no such kind, and nothing was read.</returns>
    public static (string Namespace, string Name)? Read(string apiVersion, string kind, FieldReader fields, PolicyManifests into)
    {
        (string, string) identity;
        switch (apiVersion, kind)
        {
            case (PolicyKinds.NetworkingVersion, PolicyKinds.NetworkPolicy):
                identity = Identity(Added(into.NetworkPolicies, NetworkPolicyFields.Read(fields)).Metadata);
                break;
            case (PolicyKinds.ClusterPolicyVersion, PolicyKinds.ClusterNetworkPolicy):
                identity = Identity(Added(into.ClusterNetworkPolicies, ClusterPolicyFields.Read(fields)).Metadata);
                break;
            case (PolicyKinds.WeftVersion, PolicyKinds.HostPolicy):
                identity = Identity(Added(into.HostPolicies, HostPolicyFields.Read(fields)).Metadata);
                break;
            case (PolicyKinds.WeftVersion, PolicyKinds.NetworkSet):
                identity = Identity(Added(into.NetworkSets, NetworkSetFields.Read(fields)).Metadata);
                break;
            case (PolicyKinds.CoreVersion, PolicyKinds.Namespace):
                identity = Identity(Added(into.Namespaces, NetworkSetFields.ReadNamespace(fields)).Metadata);
                break;
            case (PolicyKinds.CoreVersion, PolicyKinds.Node):
                identity = ("", Added(into.Nodes, PodFields.ReadNode(fields)).Name);
                break;
            case (PolicyKinds.CoreVersion, PolicyKinds.Pod):
                if (PodFields.ReadPod(fields) is not { } pod)
                {
                    return ("", "");
                }
                identity = (Added(into.Endpoints, pod).Name.Namespace, pod.Name.Name);
                break;
            case (PolicyKinds.WeftVersion, PolicyKinds.Endpoint):
                Model.PolicyEndpoint endpoint = Added(into.Endpoints, PodFields.ReadEndpoint(fields));
                identity = (endpoint.Name.Namespace, endpoint.Name.Name.Length == 0 ? "" : endpoint.Name.WithoutNamespace);
                break;
            default:
                return null;
        }
        fields.Ignore("status");
        fields.RejectUnknown();
        return identity;
    }

    /// <summary>Only namespace and name of one object of <see cref="PolicyKinds.IsPolicyObject"/>; the rest of it is not looked at. Null: they are wrong, and told.</summary>
    public static (string Namespace, string Name)? ReadIdentity(string kind, FieldReader fields) =>
        MetadataFields.ReadIdentity(fields, namespaced: kind == PolicyKinds.NetworkPolicy, plainName: kind == PolicyKinds.Namespace);

    private static T Added<T>(List<T> list, T item)
    {
        list.Add(item);
        return item;
    }

    private static (string, string) Identity(ObjectMeta meta) => (meta.Namespace, meta.Name);
}
