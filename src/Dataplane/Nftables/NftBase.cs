namespace Weft.Dataplane.Nftables;

/// <summary>What makes a chain a base chain: where packets enter it, and what becomes of those that no rule judges.</summary>
/// <param name="Type">What it may do.</param>
/// <param name="Hook">Where it is called.</param>
/// <param name="Priority">Order among the chains of a hook; lower is earlier.</param>
/// <param name="DropByDefault">Whether packets that reach its end are dropped rather than accepted.</param>
/// <param name="Device">The device of an ingress chain, otherwise null.</param>
public sealed record NftBase(NftChainType Type, NftHook Hook, int Priority, bool DropByDefault = false, string? Device = null)
{
    /// <summary>"type filter hook forward priority 0; policy drop;"</summary>
    public override string ToString() =>
        $"type {Type.ToString().ToLowerInvariant()} hook {Hook.ToString().ToLowerInvariant()}" +
        (Device is null ? "" : $" device \"{Device}\"") +
        $" priority {Priority}; policy {(DropByDefault ? "drop" : "accept")};";
}
