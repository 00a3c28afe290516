namespace Weft.Dataplane.Nftables.Reading;

/// <summary>An object that was read, with the table it is in.</summary>
internal sealed record InTable<T>(NftFamily Family, string Table, T Value);

/// <summary>A generation number that was read.</summary>
internal sealed record NftGeneration(uint Id, uint ProcessId, string? ProcessName);
