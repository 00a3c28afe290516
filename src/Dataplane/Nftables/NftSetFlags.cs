namespace Weft.Dataplane.Nftables;

/// <summary>Properties of a set (NFT_SET_*). Those that follow from the set's types are not listed here.</summary>
[Flags]
public enum NftSetFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>NFT_SET_CONSTANT: no element is added or deleted after the set is in use.</summary>
    Constant = 0x2,

    /// <summary>NFT_SET_INTERVAL: elements are ranges, which must not overlap.</summary>
    Interval = 0x4,

    /// <summary>NFT_SET_TIMEOUT: elements may expire.</summary>
    Timeout = 0x10,

    /// <summary>NFT_SET_EVAL: rules may add elements.</summary>
    Dynamic = 0x20,
}
