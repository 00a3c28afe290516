namespace Weft.Dataplane.Nftables;

/// <summary>All of a table as it was at one moment.</summary>
public sealed class NftTableState
{
    /// <summary>Family, name and flags.</summary>
    public required NftTable Table { get; init; }

    /// <summary>Netlink port of the socket that owns it, or null.</summary>
    public uint? Owner { get; init; }

    /// <summary>The ruleset's generation.</summary>
    public uint Generation { get; init; }

    /// <summary>Its chains, in the order they were made.</summary>
    public required IReadOnlyList<NftChain> Chains { get; init; }

    /// <summary>Its sets and maps that have a name.</summary>
    public required IReadOnlyList<NftSetState> Sets { get; init; }

    /// <summary>Its rules, those of a chain in order.</summary>
    public required IReadOnlyList<NftRuleInfo> Rules { get; init; }

    /// <summary>Names of its counters.</summary>
    public IReadOnlyList<string> Counters { get; init; } = [];
}
