using Weft.Dataplane.TrafficControl;

namespace Weft.Dataplane.Route;

/// <summary>Something changed in the kernel.</summary>
/// <param name="Removed">Whether it is gone; else it is new or changed.</param>
/// <param name="PortId">Netlink port whose request caused it, 0: the kernel itself. Compare with <see cref="RouteSocket.PortId"/>. Link
/// events, and what follows from another change, carry 0 whoever caused them.</param>
public abstract record RouteEvent(bool Removed, uint PortId)
{
    /// <summary>A link.</summary>
    public sealed record LinkChanged(LinkInfo Link, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>The flags of a bridge's port, as the bridge tells them: a change of them is no change of the link.</summary>
    /// <param name="LinkIndex">Interface index of the port.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Flags">All that it has now.</param>
    /// <param name="PortId">As for every event.</param>
    public sealed record BridgePortChanged(int LinkIndex, string Name, BridgePortFlags Flags, uint PortId) : RouteEvent(false, PortId);

    /// <summary>An address.</summary>
    public sealed record AddressChanged(AddressInfo Address, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>A route. A link that goes down takes its IPv4 routes with it without an event.</summary>
    public sealed record RouteChanged(RouteInfo Route, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>A nexthop object.</summary>
    public sealed record NexthopChanged(NexthopInfo Nexthop, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>A neighbour entry.</summary>
    public sealed record NeighbourChanged(NeighbourInfo Neighbour, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>A forwarding entry.</summary>
    public sealed record FdbChanged(FdbInfo Entry, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>A routing rule.</summary>
    public sealed record RuleChanged(RuleInfo Rule, bool Removed, uint PortId) : RouteEvent(Removed, PortId);

    /// <summary>A queueing discipline, a class or a filter. Those that go with their link go without an event.</summary>
    /// <param name="LinkIndex">Interface index of its link.</param>
    /// <param name="Discipline">The discipline as it is now; null when it is gone, when the kernel has it by itself, and for classes and filters.</param>
    /// <param name="Filter">The filter as it is now; null when it is gone or not as a <see cref="RouteBatch"/> makes them, and for disciplines and classes.</param>
    /// <param name="Removed">As for every event.</param>
    /// <param name="PortId">As for every event.</param>
    public sealed record TrafficControlChanged(int LinkIndex, QdiscInfo? Discipline, SourceFilterInfo? Filter, bool Removed, uint PortId)
        : RouteEvent(Removed, PortId);

    /// <summary>Events were lost: what they would have said must be read anew.</summary>
    public sealed record Resync() : RouteEvent(false, 0);
}
