namespace Weft.Dataplane.Nftables;

/// <summary>A named counter as it stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Packets">How many it counted since it was made.</param>
/// <param name="Bytes">Their bytes, from the network header on.</param>
public sealed record NftCounterInfo(string Name, ulong Packets, ulong Bytes);
