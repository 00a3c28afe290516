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

    /// <summary>Whether objects of these kinds are policies, or what policies select by, that people write.</summary>
    public static bool IsPolicyObject(string apiVersion, string kind) => (apiVersion, kind) is
        (NetworkingVersion, NetworkPolicy) or (ClusterPolicyVersion, ClusterNetworkPolicy) or (CoreVersion, Namespace) or (WeftVersion, HostPolicy or NetworkSet);
}
