namespace Weft.Dataplane.Route;

/// <summary>Switches of a bridge port. To change them: null leaves one as it is. As read: null is what the kernel does not know.</summary>
public sealed record BridgePortFlags
{
    /// <summary>
    /// How a container's port on a routed network's bridge is set, by ADD and by repair alike: nothing reaches another container without
    /// passing the node's routing and so policy, and the FDB is what Weft says, not what a container claims. Unicast flood stays on: a port with
    /// neither it nor learning has all other ports leave and enter promiscuous mode when one joins (br_manage_promisc), so an ADD would cost
    /// more with each container. Between isolated ports nothing is flooded.
    /// </summary>
    public static BridgePortFlags ContainerPort { get; } = new() { Isolated = true, Learning = false };

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
