namespace Weft.Dataplane.Nftables;

/// <summary>A table: family, name and flags. Family and name identify it.</summary>
/// <param name="Family">Which packets it is for.</param>
/// <param name="Name">1 to 255 bytes.</param>
/// <param name="Flags">How it is to be made.</param>
public sealed record NftTable(NftFamily Family, string Name, NftTableFlags Flags = NftTableFlags.None)
{
    /// <summary>The same table with other flags.</summary>
    public NftTable With(NftTableFlags flags) => this with { Flags = flags };

    /// <summary>"inet weft", as nft(8) names it.</summary>
    public override string ToString() => $"{Family.ToString().ToLowerInvariant()} {Name}";
}
