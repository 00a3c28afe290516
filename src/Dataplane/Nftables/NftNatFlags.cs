namespace Weft.Dataplane.Nftables;

/// <summary>How NAT chooses ports (NF_NAT_RANGE_*, linux/netfilter/nf_nat.h).</summary>
[Flags]
public enum NftNatFlags : uint
{
    /// <summary>Keeps the port where it is free.</summary>
    None = 0,

    /// <summary>random: by a hash.</summary>
    Random = 0x4,

    /// <summary>persistent: the same address for the same client.</summary>
    Persistent = 0x8,

    /// <summary>fully-random: by a random number; avoids collisions of many clients that start at once.</summary>
    FullyRandom = 0x10,
}
