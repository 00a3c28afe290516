namespace Weft.Dataplane.Nftables;

/// <summary>A set or map that was read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Set">Its definition, or null when it is of a type that we never make.</param>
/// <param name="IsAnonymous">Whether it belongs to one rule.</param>
public sealed record NftSetInfo(string Name, NftSet? Set, bool IsAnonymous);
