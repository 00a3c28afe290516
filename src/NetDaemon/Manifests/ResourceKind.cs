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

    public static readonly IReadOnlyList<string> All = [Node, Network, Pool, Reservation, Block, Endpoint];

    /// <summary>Those that people may write.</summary>
    public static readonly IReadOnlyList<string> Writable = [Network, Pool, Reservation];

    /// <summary>Why people cannot write a kind that exists, or null when they can or it does not exist.</summary>
    public static string? WhyReadOnly(string kind) => kind switch
    {
        Node => "a Node is written by the weftd of that node; to be rid of one, stop its weftd",
        Block => "Blocks are claimed and released by weftd; delete the Pool to be rid of its blocks",
        Endpoint => "an Endpoint comes and goes with its container; stop the container to be rid of it",
        _ => null,
    };
}
