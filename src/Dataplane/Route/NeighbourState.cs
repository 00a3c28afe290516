namespace Weft.Dataplane.Route;

/// <summary>What the kernel knows of a neighbour (NUD_*, linux/neighbour.h).</summary>
[Flags]
public enum NeighbourState : ushort
{
    /// <summary>NUD_NONE.</summary>
    None = 0,

    /// <summary>NUD_INCOMPLETE: asked, not answered.</summary>
    Incomplete = 0x01,

    /// <summary>NUD_REACHABLE: confirmed lately.</summary>
    Reachable = 0x02,

    /// <summary>NUD_STALE: not confirmed lately.</summary>
    Stale = 0x04,

    /// <summary>NUD_DELAY: about to be probed.</summary>
    Delay = 0x08,

    /// <summary>NUD_PROBE: being probed.</summary>
    Probe = 0x10,

    /// <summary>NUD_FAILED: did not answer.</summary>
    Failed = 0x20,

    /// <summary>NUD_NOARP: needs no resolving. An FDB entry "static".</summary>
    NoArp = 0x40,

    /// <summary>NUD_PERMANENT: never expires. A bridge's FDB entry: its own address, not forwarded.</summary>
    Permanent = 0x80,
}
