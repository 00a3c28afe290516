namespace Weft.Dataplane.Nftables;

/// <summary>Well-known chain priorities: lower is earlier (enum nf_ip_hook_priorities; the bridge family's nat and filter differ).</summary>
public static class NftPriority
{
    /// <summary>Before connection tracking.</summary>
    public const int Raw = -300;

    /// <summary>After connection tracking, before NAT.</summary>
    public const int Mangle = -150;

    /// <summary>Destination NAT.</summary>
    public const int DestinationNat = -100;

    /// <summary>Filtering (inet, ip, ip6).</summary>
    public const int Filter = 0;

    /// <summary>Source NAT.</summary>
    public const int SourceNat = 100;

    /// <summary>Filtering in the bridge family (NF_BR_PRI_FILTER_BRIDGED).</summary>
    public const int BridgeFilter = -200;
}
