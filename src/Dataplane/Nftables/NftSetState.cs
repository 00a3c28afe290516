namespace Weft.Dataplane.Nftables;

/// <summary>A set as it was read.</summary>
/// <param name="Info">Its definition.</param>
/// <param name="Elements">Its elements, or null when they were not asked for.</param>
public sealed record NftSetState(NftSetInfo Info, IReadOnlyList<NftElement>? Elements);
