namespace Weft.Dataplane.Nftables;

/// <summary>Flags of a table (NFT_TABLE_F_*).</summary>
[Flags]
public enum NftTableFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>NFT_TABLE_F_DORMANT: its base chains see no packets.</summary>
    Dormant = 0x1,

    /// <summary>NFT_TABLE_F_OWNER: only the netlink socket that made the table may change it (Linux 5.12).</summary>
    Owner = 0x2,

    /// <summary>NFT_TABLE_F_PERSIST: the table outlives its owner, and may be adopted (Linux 6.9).</summary>
    Persist = 0x4,
}
