namespace Weft.Dataplane.Nftables;

/// <summary>A chain's definition, without its rules.</summary>
/// <param name="Name">1 to 127 bytes; nft(8) reserves some words, such as fwd.</param>
/// <param name="Base">Where packets enter it, or null for a chain that only rules jump to.</param>
public sealed record NftChain(string Name, NftBase? Base = null)
{
    /// <summary>"forward { type filter hook forward priority 0; policy drop; }"</summary>
    public override string ToString() => Base is null ? Name : $"{Name} {{ {Base} }}";
}
