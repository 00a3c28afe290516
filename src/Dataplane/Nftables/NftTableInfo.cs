namespace Weft.Dataplane.Nftables;

/// <summary>A table that was read.</summary>
/// <param name="Table">Family, name and flags.</param>
/// <param name="Handle">The kernel's number for it; a table made anew gets another.</param>
/// <param name="Owner">Netlink port of the socket that owns it, or null.</param>
public sealed record NftTableInfo(NftTable Table, ulong Handle, uint? Owner);
