namespace Weft.Dataplane.Route;

/// <summary>Flags of neighbour and FDB entries (NTF_*, linux/neighbour.h).</summary>
[Flags]
public enum NeighbourFlags : byte
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>NTF_USE: resolve it now.</summary>
    Use = 0x01,

    /// <summary>NTF_SELF: in the device's own forwarding table (a vxlan's, say).</summary>
    Self = 0x02,

    /// <summary>NTF_MASTER: in the bridge that the device is a port of.</summary>
    Master = 0x04,

    /// <summary>NTF_PROXY: answer for it.</summary>
    Proxy = 0x08,

    /// <summary>NTF_EXT_LEARNED: learned by a control plane; not aged.</summary>
    ExternallyLearned = 0x10,

    /// <summary>NTF_ROUTER: an IPv6 router.</summary>
    Router = 0x80,
}
