namespace Weft.Dataplane.Nftables;

/// <summary>What <see cref="NftMonitor"/> saw.</summary>
public abstract record NftEvent;

/// <summary>Somebody committed a transaction.</summary>
/// <param name="Generation">The ruleset's number since then.</param>
/// <param name="PortId">Netlink port of the socket that did it.</param>
/// <param name="ProcessId">The process that did it, 0 when the kernel did not say.</param>
/// <param name="ProcessName">Its name, such as "nft", or null.</param>
/// <param name="Tables">Tables that were changed; their flags are not told.</param>
public sealed record NftChanged(uint Generation, uint PortId, uint ProcessId, string? ProcessName, IReadOnlySet<NftTable> Tables) : NftEvent
{
    /// <summary>Whether the socket with that port did it.</summary>
    public bool IsOurs(uint portId) => PortId == portId;

    /// <summary>Whether it changed that table.</summary>
    public bool Touches(NftTable table) => Tables.Contains(table.With(NftTableFlags.None));
}

/// <summary>Events were lost: read everything anew.</summary>
public sealed record NftResync : NftEvent;
