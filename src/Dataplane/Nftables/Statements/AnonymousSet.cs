namespace Weft.Dataplane.Nftables.Statements;

/// <summary>The values in <c>tcp dport { 80, 443 }</c>: a constant set that lives and dies with its rule.</summary>
internal sealed record AnonymousSet(NftType Type, IReadOnlyList<NftValue> Values)
{
    /// <summary>The name by which the kernel is asked to choose a number.</summary>
    public const string Name = "__set%d";
}
