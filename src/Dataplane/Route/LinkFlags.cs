namespace Weft.Dataplane.Route;

/// <summary>Flags of a link (IFF_*, linux/if.h). Others occur too.</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>IFF_UP: set up by an administrator.</summary>
    Up = 0x1,

    /// <summary>IFF_BROADCAST.</summary>
    Broadcast = 0x2,

    /// <summary>IFF_LOOPBACK.</summary>
    Loopback = 0x8,

    /// <summary>IFF_POINTOPOINT.</summary>
    PointToPoint = 0x10,

    /// <summary>IFF_RUNNING: operational.</summary>
    Running = 0x40,

    /// <summary>IFF_NOARP.</summary>
    NoArp = 0x80,

    /// <summary>IFF_PROMISC: takes every frame.</summary>
    Promiscuous = 0x100,

    /// <summary>IFF_ALLMULTI.</summary>
    AllMulticast = 0x200,

    /// <summary>IFF_MULTICAST.</summary>
    Multicast = 0x1000,

    /// <summary>IFF_LOWER_UP: the carrier is there.</summary>
    LowerUp = 0x10000,
}
