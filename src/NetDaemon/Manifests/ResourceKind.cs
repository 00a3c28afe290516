using Weft.Policy.Objects;

namespace Weft.NetDaemon.Manifests;

/// <summary>The kinds of objects, spelled as in manifests and in requests.</summary>
internal static class ResourceKind
{
    public const string Node = "Node";
    public const string Network = "Network";
    public const string Pool = "Pool";
    public const string Reservation = "Reservation";
    public const string Block = "Block";
    public const string Endpoint = "Endpoint";

    /// <summary>The only version of Weft's own kinds.</summary>
    public const string ApiVersion = "weft.dev/v1";

    /// <summary>Weft's own kinds of containers' networks.</summary>
    public static readonly IReadOnlyList<string> OfNetworks = [Network, Pool, Reservation];

    /// <summary>Policies and what they select by, of several API versions.</summary>
    public static readonly IReadOnlyList<string> OfPolicy =
        [PolicyKinds.NetworkPolicy, PolicyKinds.ClusterNetworkPolicy, PolicyKinds.HostPolicy, PolicyKinds.NetworkSet, PolicyKinds.Namespace];

    public static readonly IReadOnlyList<string> All = [Node, .. OfNetworks, Block, Endpoint, .. OfPolicy];

    /// <summary>Those that people may write.</summary>
    public static readonly IReadOnlyList<string> Writable = [.. OfNetworks, .. OfPolicy];

    /// <summary>Whether objects of the kind live in namespaces.</summary>
    public static bool IsNamespaced(string kind) => kind is Endpoint or PolicyKinds.NetworkPolicy;

    /// <summary>The word for objects of a kind on the command line.</summary>
    public static string Plural(string kind) => kind.ToLowerInvariant() is var word && word[^1] == 'y' ? word[..^1] + "ies" : word + "s";

    /// <summary>Why people cannot write a kind that exists, or null when they can or it does not exist.</summary>
    public static string? WhyReadOnly(string kind) => kind switch
    {
        Node => "a Node is written by the weftd of that node; to be rid of one, stop its weftd",
        Block => "Blocks are claimed and released by weftd; delete the Pool to be rid of its blocks",
        Endpoint => "an Endpoint comes and goes with its container; stop the container to be rid of it",
        _ => null,
    };
}
