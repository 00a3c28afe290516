namespace Weft.Dataplane.Route;

/// <summary>What a route does with a packet (RTN_*, linux/rtnetlink.h).</summary>
public enum RouteType : byte
{
    /// <summary>RTN_UNSPEC: any, in a deletion.</summary>
    Unspecified = 0,

    /// <summary>RTN_UNICAST: forward it.</summary>
    Unicast = 1,

    /// <summary>RTN_LOCAL: it is for this machine.</summary>
    Local = 2,

    /// <summary>RTN_BROADCAST.</summary>
    Broadcast = 3,

    /// <summary>RTN_ANYCAST.</summary>
    Anycast = 4,

    /// <summary>RTN_MULTICAST.</summary>
    Multicast = 5,

    /// <summary>RTN_BLACKHOLE: drop it silently.</summary>
    Blackhole = 6,

    /// <summary>RTN_UNREACHABLE: drop it, answer "host unreachable".</summary>
    Unreachable = 7,

    /// <summary>RTN_PROHIBIT: drop it, answer "administratively prohibited".</summary>
    Prohibit = 8,

    /// <summary>RTN_THROW: this table has no answer, ask the next rule.</summary>
    Throw = 9,
}
