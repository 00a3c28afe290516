namespace Weft.SystemTests.Lab;

/// <summary>What is between the nodes of a <see cref="Cluster"/>.</summary>
public enum Underlay
{
    /// <summary>One L2 segment, IPv4 and IPv6.</summary>
    Switch,

    /// <summary>A router, and a segment of its own for each node; IPv4 and IPv6.</summary>
    Router,

    /// <summary>One L2 segment, IPv6 alone.</summary>
    SwitchIPv6,

    /// <summary>A router, IPv6 alone.</summary>
    RouterIPv6,
}
