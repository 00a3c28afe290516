namespace Weft.Dataplane.Ethtool;

/// <summary>An offload of a network device.</summary>
/// <param name="Name">The kernel's name, such as "tx-checksum-ip-generic" (net/ethtool/common.c).</param>
/// <param name="Active">Whether it is on.</param>
/// <param name="Wanted">Whether somebody asked for it; what it depends on may be missing.</param>
/// <param name="Changeable">Whether it can be switched.</param>
public sealed record OffloadFeature(string Name, bool Active, bool Wanted, bool Changeable);
