namespace Weft.Dataplane.Route;

/// <summary>Switches of a bridge port. To change them: null leaves one as it is. As read: null is what the kernel does not know.</summary>
public sealed record BridgePortFlags
{
    /// <summary>IFLA_BRPORT_ISOLATED: no frame goes from it to another isolated port.</summary>
    public bool? Isolated { get; init; }

    /// <summary>IFLA_BRPORT_LEARNING: source addresses are learned.</summary>
    public bool? Learning { get; init; }

    /// <summary>IFLA_BRPORT_LOCKED: frames from addresses without an FDB entry here are dropped. Linux 5.18.</summary>
    public bool? Locked { get; init; }

    /// <summary>IFLA_BRPORT_UNICAST_FLOOD: frames to unknown addresses go out here.</summary>
    public bool? UnicastFlood { get; init; }

    /// <summary>IFLA_BRPORT_MCAST_FLOOD: multicast without a known listener goes out here.</summary>
    public bool? MulticastFlood { get; init; }

    /// <summary>IFLA_BRPORT_BCAST_FLOOD: broadcast goes out here.</summary>
    public bool? BroadcastFlood { get; init; }

    /// <summary>IFLA_BRPORT_MODE: a frame may leave by the port it came from.</summary>
    public bool? Hairpin { get; init; }

    /// <summary>IFLA_BRPORT_NEIGH_SUPPRESS: the bridge answers ARP and ND from its neighbours.</summary>
    public bool? NeighbourSuppression { get; init; }
}
