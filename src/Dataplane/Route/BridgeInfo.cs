namespace Weft.Dataplane.Route;

/// <summary>Properties of a bridge.</summary>
public sealed record BridgeInfo
{
    /// <summary>How long learned addresses stay.</summary>
    public TimeSpan AgeingTime { get; internal set; }

    /// <summary>Spanning tree.</summary>
    public bool SpanningTree { get; internal set; }

    /// <summary>Multicast snooping.</summary>
    public bool MulticastSnooping { get; internal set; }

    /// <summary>VLAN filtering.</summary>
    public bool VlanFiltering { get; internal set; }
}
