namespace Weft.Dataplane.Nftables;

/// <summary>A rule that was read.</summary>
/// <param name="Chain">Its chain.</param>
/// <param name="Handle">The kernel's number for it within the table.</param>
/// <param name="Comment">Its comment, which for our rules ends with a hash of what was written; null for none.</param>
/// <param name="Expressions">The kernel's expressions, as netlink attributes (NFTA_RULE_EXPRESSIONS). Counters hold their counts.</param>
public sealed record NftRuleInfo(string Chain, ulong Handle, string? Comment, ReadOnlyMemory<byte> Expressions);
