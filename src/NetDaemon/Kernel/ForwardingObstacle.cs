using Weft.Dataplane.Nftables;

namespace Weft.NetDaemon.Kernel;

/// <summary>A chain of somebody else's that ends containers' packets.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Chain">The base chain where packets enter it.</param>
/// <param name="ByPolicy">Whether its policy drops, and not one of its rules.</param>
/// <param name="Certain">Whether none of its rules can let such a packet pass.</param>
/// <param name="Path">Which packets.</param>
internal sealed record ForwardingObstacle(NftTable Table, string Chain, bool ByPolicy, bool Certain, ForwardedPath Path)
{
    /// <summary>The chain as its owner knows it.</summary>
    public string Where => $"chain {Chain} of table {Table}";

    /// <summary>One clause: what it does to whose packets.</summary>
    public string What =>
        $"{Where} ({(ByPolicy ? "policy drop" : "by a rule of its own")}) drops {Family}what goes {Path.Shown}{(Certain ? "" : ", but for what its other rules accept")}";

    private string Family => Table.Family switch { NftFamily.Ip => "IPv4 of ", NftFamily.Ip6 => "IPv6 of ", _ => "" };
}
