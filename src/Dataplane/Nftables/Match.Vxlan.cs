namespace Weft.Dataplane.Nftables;

/// <content>
/// What a VXLAN packet over UDP carries (RFC 7348 section 5), before it is taken out: offsets from the UDP header, whose 8 bytes the VXLAN header's 8 and the inner Ethernet
/// header's 14 follow. Match the UDP port first, and for the addresses <see cref="VxlanInnerType"/>. nft(8) prints them as raw payload.
/// </content>
public static partial class Match
{
    private const uint VxlanHeader = 8;
    private const uint InnerEthernet = VxlanHeader + 8;
    private const uint InnerNetwork = InnerEthernet + 14;

    /// <summary>@th,96,32: the VNI in the upper 24 bits, below it a byte that receivers ignore.</summary>
    public static NftSelector VxlanIdentifier { get; } = Of("@th,96,32", NftDataType.Ipv4Address, Transport, VxlanHeader + 4, transport: 17);

    /// <summary>@th,224,16: EtherType of the inner frame.</summary>
    public static NftSelector VxlanInnerType { get; } = Of("@th,224,16", NftDataType.InetService, Transport, InnerEthernet + 12, transport: 17);

    /// <summary>@th,336,32: source address of the inner IPv4 packet.</summary>
    public static NftSelector VxlanInnerIpSource { get; } = Of("@th,336,32", NftDataType.Ipv4Address, Transport, InnerNetwork + 12, transport: 17);

    /// <summary>@th,304,128: source address of the inner IPv6 packet.</summary>
    public static NftSelector VxlanInnerIp6Source { get; } = Of("@th,304,128", NftDataType.Ipv6Address, Transport, InnerNetwork + 8, transport: 17);
}
