using Weft.Manifests.Yaml;

namespace Weft.Policy.Objects;

/// <summary>The kinds that policy is made of, with their API versions.</summary>
public static class PolicyKinds
{
    public const string NetworkPolicy = "NetworkPolicy";
    public const string ClusterNetworkPolicy = "ClusterNetworkPolicy";
    public const string HostPolicy = "HostPolicy";
    public const string NetworkSet = "NetworkSet";
    public const string Namespace = "Namespace";
    public const string Pod = "Pod";
    public const string Node = "Node";
    public const string Endpoint = "Endpoint";

    public const string NetworkingVersion = "networking.k8s.io/v1";
    public const string ClusterPolicyVersion = "policy.networking.k8s.io/v1alpha2";
    public const string CoreVersion = "v1";
    public const string WeftVersion = "weft.dev/v1";

    /// <summary>"true": judged and counted, not enforced.</summary>
    public const string StagedAnnotation = "weft.dev/staged";

    /// <summary>Where objects live that name no namespace.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>Why a kind that policy is made of, or was in an older version, is not known under that version, with what to write; null: it is, or has nothing to do with policy.</summary>
    public static string? WhyWrongVersion(string apiVersion, string kind)
    {
        string? known = kind switch
        {
            NetworkPolicy => NetworkingVersion,
            ClusterNetworkPolicy or "AdminNetworkPolicy" or "BaselineAdminNetworkPolicy" => ClusterPolicyVersion,
            HostPolicy or NetworkSet or Endpoint => WeftVersion,
            Namespace or Pod or Node => CoreVersion,
            _ => null,
        };
        return known is null || (known == apiVersion && kind is not ("AdminNetworkPolicy" or "BaselineAdminNetworkPolicy"))
            ? null
            : $"{Quoted.Text(apiVersion)} has no {kind} that Weft knows; write {(known == ClusterPolicyVersion ? $"a {ClusterNetworkPolicy} of " : "")}{known}";
    }

    /// <summary>Whether objects of these kinds are policies, or what policies select by, that people write.</summary>
    public static bool IsPolicyObject(string apiVersion, string kind) => (apiVersion, kind) is
        (NetworkingVersion, NetworkPolicy) or (ClusterPolicyVersion, ClusterNetworkPolicy) or (CoreVersion, Namespace) or (WeftVersion, HostPolicy or NetworkSet);
}
