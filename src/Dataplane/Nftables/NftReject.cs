namespace Weft.Dataplane.Nftables;

/// <summary>What a refused sender is told (enum nft_reject_inet_code): the ICMP or ICMPv6 code of that meaning.</summary>
public enum NftReject : byte
{
    /// <summary>No route to the destination.</summary>
    NoRoute = 0,

    /// <summary>Nobody listens on the port.</summary>
    PortUnreachable = 1,

    /// <summary>The host does not answer.</summary>
    HostUnreachable = 2,

    /// <summary>Forbidden.</summary>
    AdminProhibited = 3,
}
