namespace Weft.Dataplane.Route;

/// <summary>RFC 2863 state of a link (IF_OPER_*, linux/if.h).</summary>
public enum OperationalState : byte
{
    /// <summary>IF_OPER_UNKNOWN: the driver does not say; loopback and many tunnels.</summary>
    Unknown = 0,

    /// <summary>IF_OPER_NOTPRESENT.</summary>
    NotPresent = 1,

    /// <summary>IF_OPER_DOWN.</summary>
    Down = 2,

    /// <summary>IF_OPER_LOWERLAYERDOWN: the peer or lower device is down.</summary>
    LowerLayerDown = 3,

    /// <summary>IF_OPER_TESTING.</summary>
    Testing = 4,

    /// <summary>IF_OPER_DORMANT.</summary>
    Dormant = 5,

    /// <summary>IF_OPER_UP.</summary>
    Up = 6,
}
