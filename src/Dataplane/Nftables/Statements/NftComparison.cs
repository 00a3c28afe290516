namespace Weft.Dataplane.Nftables;

/// <summary>How two values compare (enum nft_cmp_ops). Order is that of big-endian numbers.</summary>
public enum NftComparison : uint
{
    /// <summary>==</summary>
    Equal = 0,

    /// <summary>!=</summary>
    NotEqual = 1,

    /// <summary>&lt;</summary>
    Less = 2,

    /// <summary>&lt;=</summary>
    LessOrEqual = 3,

    /// <summary>&gt;</summary>
    Greater = 4,

    /// <summary>&gt;=</summary>
    GreaterOrEqual = 5,
}
