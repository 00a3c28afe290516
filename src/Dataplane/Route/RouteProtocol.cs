namespace Weft.Dataplane.Route;

/// <summary>Who made a route, nexthop, neighbour or rule (RTPROT_*, linux/rtnetlink.h). Other programs' numbers occur too.</summary>
public static class RouteProtocol
{
    /// <summary>RTPROT_UNSPEC: not said.</summary>
    public const byte Unspecified = 0;

    /// <summary>RTPROT_KERNEL: the kernel itself, because of an address.</summary>
    public const byte Kernel = 2;

    /// <summary>RTPROT_BOOT: ip(8) unless told otherwise.</summary>
    public const byte Boot = 3;

    /// <summary>RTPROT_STATIC: an administrator.</summary>
    public const byte Static = 4;

    /// <summary>Weft: 'W'. iproute2's rt_protos gives 87 to nobody. What carries it and is not wanted is a leftover of ours.</summary>
    public const byte Weft = 87;
}
