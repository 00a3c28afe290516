using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <summary>What is to become of a packet: the end of a rule, or the value of a verdict map's element. Made by <see cref="Verdict"/>.</summary>
public sealed class NftVerdict : NftStatement, IEquatable<NftVerdict>
{
    internal NftVerdict(int code, string? chain = null)
    {
        Code = code;
        Chain = chain;
    }

    /// <summary>NF_DROP 0, NF_ACCEPT 1, or below zero one of enum nft_verdicts.</summary>
    public int Code { get; }

    /// <summary>The chain to go on in, for jump and goto.</summary>
    public string? Chain { get; }

    /// <summary>"jump i_web"</summary>
    public override string ToString() => Code switch
    {
        0 => "drop",
        1 => "accept",
        -1 => "continue",
        -2 => "break",
        -3 => $"jump {Chain}",
        -4 => $"goto {Chain}",
        -5 => "return",
        _ => $"verdict {Code}",
    };

    /// <inheritdoc/>
    public bool Equals(NftVerdict? other) => other is not null && Code == other.Code && Chain == other.Chain;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NftVerdict);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, Chain);

    internal override string? ReferencedChain => Chain;

    internal override void Write(ref NetlinkWriter writer, RuleContext context) => Wire.Expressions.ImmediateVerdict(ref writer, this);
}
