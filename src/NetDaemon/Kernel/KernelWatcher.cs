using System.Net;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Listens to what changes in the kernel, and tells when somebody else changed what is ours. The plugins' own changes are many and
/// expected, so only what takes something away from a committed attachment, a bridge or our tables counts.
/// </summary>
internal sealed class KernelWatcher : IDisposable
{
    private readonly NodeKernel _kernel;
    private readonly NetworkCatalog _catalog;
    private readonly AttachmentTable _attachments;
    private readonly Action<string> _suspect;
    private readonly Action<string> _portGone;
    private readonly Action<RouteEvent> _heard;
    private readonly ShapingWatch _shaping;
    private readonly RouteMonitor _routes;
    private readonly NftMonitor _rules;

    /// <param name="kernel">Whose own changes are not suspicious.</param>
    /// <param name="catalog">What bridges should be like.</param>
    /// <param name="attachments">What is ours.</param>
    /// <param name="suspect">Called, on a thread of the watcher's, with a few words on what happened. Must not block.</param>
    /// <param name="portGone">Called, likewise, with the name of a committed attachment's host end that is no more.</param>
    /// <param name="heard">Called, likewise, with each notification, this node's own changes among them.</param>
    /// <param name="receiveBuffer">Bytes in which events wait.</param>
    public KernelWatcher(
        NodeKernel kernel, NetworkCatalog catalog, AttachmentTable attachments, Action<string> suspect, Action<string> portGone, Action<RouteEvent> heard,
        int receiveBuffer = RouteMonitor.DefaultReceiveBuffer)
    {
        _portGone = portGone;
        _heard = heard;
        _kernel = kernel;
        _catalog = catalog;
        _attachments = attachments;
        _suspect = suspect;
        _shaping = new ShapingWatch(kernel, attachments);
        _routes = RouteMonitor.Start(
            RouteGroups.Links | RouteGroups.Addresses | RouteGroups.Routes | RouteGroups.Neighbours | RouteGroups.Nexthops | RouteGroups.Rules | RouteGroups.TrafficControl,
            OnRouteEvent,
            kernel.Namespace,
            receiveBuffer);
        _rules = NftMonitor.Start(OnRuleEvent, kernel.Namespace);
    }

    public void Dispose()
    {
        _routes.Dispose();
        _rules.Dispose();
        _shaping.Dispose();     // nobody asks it any more
    }

    private void OnRouteEvent(RouteEvent change)
    {
        _heard(change);
        if (change.PortId == _kernel.RoutePort && change is not RouteEvent.Resync)
        {
            return;
        }
        string? reason = change switch
        {
            RouteEvent.Resync => "lost notifications",
            RouteEvent.LinkChanged e => Judge(e.Link, e.Removed),
            RouteEvent.BridgePortChanged { Flags: { Isolated: false } or { Learning: true } } e
                when _attachments.CommittedByHostInterface(e.Name) is not null => $"port {e.Name} was changed",
            RouteEvent.FdbChanged { Removed: true } e when IsBridge(e.Entry.MasterIndex) && IsCommitted(e.Entry.Mac) =>
                $"forwarding entry {e.Entry.Mac} was removed",
            RouteEvent.AddressChanged { Removed: true } e when IsOurs(e.Address.LinkIndex) => $"address {e.Address.Address} was removed from a bridge",
            RouteEvent.RouteChanged { Removed: true } e when e.Route.Protocol == RouteProtocol.Weft && IsWanted(e.Route) =>
                $"route {e.Route.Destination} was removed",
            RouteEvent.RouteChanged { Removed: true } e when e.Route.Protocol == RouteProtocol.Weft && e.Route.NexthopId != 0 && IsOverlayRoute(e.Route) =>
                $"overlay route {e.Route.Destination} was removed",
            RouteEvent.NexthopChanged e when e.Nexthop.Protocol == RouteProtocol.Weft && IsOverlaid => $"nexthop {e.Nexthop.Id} was changed",
            RouteEvent.FdbChanged e when _kernel.OverlayIndexes.Contains(e.Entry.LinkIndex) && !IsPlanned(e) => $"overlay forwarding entry {e.Entry.Mac} was changed",
            RouteEvent.NeighbourChanged e when _kernel.OverlayIndexes.Contains(e.Neighbour.LinkIndex) && e.Neighbour.Protocol == RouteProtocol.Weft && !IsPlanned(e) =>
                $"overlay neighbour {e.Neighbour.Address} was changed",
            RouteEvent.RuleChanged { Removed: true } e when e.Rule.Protocol == RouteProtocol.Weft && _kernel.NeedsHairpins =>
                $"rule iif {e.Rule.InputInterface} was removed",
            RouteEvent.NeighbourChanged e when IsOurs(e.Neighbour.LinkIndex) && IsDamaged(e) =>
                $"neighbour {e.Neighbour.Address} was changed",
            RouteEvent.TrafficControlChanged e => _shaping.Judge(e),
            _ => null,
        };
        if (reason is not null)
        {
            _suspect(reason);
        }
    }

    private void OnRuleEvent(NftEvent change)
    {
        switch (change)
        {
            case NftResync:
                _suspect("lost notifications of rules");
                break;
            case NftChanged e when !e.IsOurs(_kernel.FirewallPort) && (e.Touches(BridgedRules.Table) || e.Touches(RoutedRules.Table)):
                _suspect($"{e.ProcessName} (pid {e.ProcessId}) changed the rules");
                break;
        }
    }

    // With a nexthop that is deleted the kernel deletes IPv6 routes, and tells of them as its own doing.
    private bool IsOverlayRoute(RouteInfo route) => IsOverlaid && _kernel.Overlays!.Any(o => o.Routes(Cidr.Create(route.Destination.BaseAddress, route.Destination.PrefixLength), route.NexthopId));

    // Of forwarding entries (vxlan_fdb_notify in drivers/net/vxlan) and of neighbours that go (neigh_cleanup_and_release in net/core/neighbour.c) the kernel does not tell whose change it was:
    // a look at thousands of nodes for each that changes would follow from this node's own. All networks' devices lead to the same nodes.
    private bool IsPlanned(RouteEvent.FdbChanged e) => _kernel.Overlays?.FirstOrDefault(o => o.Device is not null) is { } overlay
        && (e.Removed || e.Entry.State == NeighbourState.Permanent) && overlay.Forwards(e.Entry.Mac, e.Removed ? null : e.Entry.Remote);

    private bool IsPlanned(RouteEvent.NeighbourChanged e) => e.Removed && _kernel.Overlays is { } overlays && !overlays.Any(o => o.Reaches(e.Neighbour.Address));

    private bool IsOverlaid => _kernel.Overlays is { Count: > 0 };

    private string? Judge(LinkInfo link, bool removed)
    {
        foreach (OverlayPlan overlay in _kernel.Overlays ?? [])
        {
            if (overlay.HasDirectPeers && overlay.Uplink == link.Name && (removed || !link.IsUp || !_kernel.OverlayIndexes.Contains(link.Index)))
            {
                return $"the uplink {link.Name}, by which nodes are reached directly, was changed";
            }
            if (overlay.Device is { } device && device.Name == link.Name)
            {
                return removed ? $"VXLAN device {link.Name} was deleted"
                    : !link.IsUp || link.Mac != device.Mac || link.Mtu != device.Mtu ? $"VXLAN device {link.Name} was changed"
                    : null;
            }
        }
        if (_catalog.Current.All.FirstOrDefault(n => n.Bridge == link.Name) is { } network)
        {
            return removed ? $"bridge {link.Name} was deleted"
                : !link.IsUp || link.Mac != network.BridgeMac || link.Mtu != network.Mtu ? $"bridge {link.Name} was changed"
                : null;
        }
        if (_catalog.Current.All.FirstOrDefault(n => HairpinPath.NameOf(n) == link.Name) is { } turning)
        {
            return !_kernel.NeedsHairpins ? null
                : removed ? $"link {link.Name} was deleted"
                : !link.IsUp || link.Mac != DerivedMacs.Hairpin(turning.Number) || link.Mtu != turning.Mtu || link.Macvlan != MacvlanMode.Source ? $"link {link.Name} was changed"
                : null;
        }
        if (link.Name == BandwidthLimits.Shaper)
        {
            return removed || !link.IsUp ? _shaping.JudgeShaper() : null;
        }
        if (!LinkReconciler.IsOurPort(link) || link.Group == LinkReaper.Group)
        {
            return null;
        }
        if (removed)
        {
            // Most went with their container's namespace, and DEL is on its way. Nothing can be repaired.
            if (_attachments.CommittedByHostInterface(link.Name) is not null)
            {
                _portGone(link.Name);
            }
            return null;
        }
        return _attachments.CommittedByHostInterface(link.Name) is not { } attachment ? null
            : !link.IsUp ? $"port {link.Name} is down"
            : link.MasterIndex == 0 ? $"port {link.Name} left its bridge"
            : link.BridgePort is { Isolated: false } or { Learning: true } || !LinkReconciler.IsAsMade(link, attachment) ? $"port {link.Name} was changed"
            : null;
    }

    private bool IsBridge(int index) => _kernel.BridgeIndexes.Contains(index);

    private bool IsOurs(int index) => IsBridge(index) || _kernel.HairpinIndexes.Contains(index);

    private bool IsWanted(RouteInfo route) => route.Type == RouteType.Blackhole
        || (HairpinPath.IsTable(route.Table) && _kernel.NeedsHairpins)
        || IsCommitted(route.Destination.BaseAddress);

    private bool IsDamaged(RouteEvent.NeighbourChanged change) => IsCommitted(change.Neighbour.Address)
        && (change.Removed || !change.Neighbour.State.HasFlag(NeighbourState.Permanent) || change.Neighbour.Mac != MacOf(change.Neighbour.Address));

    private MacAddress? MacOf(IPAddress address) =>
        _attachments.CommittedByAddress(address) is { } attachment ? new MacAddress(attachment.ContainerMac.Span) : null;

    private bool IsCommitted(IPAddress address) => _attachments.CommittedByAddress(address) is not null;

    // No index by MAC is kept for it: such entries go only with their port, or when somebody deletes them.
    private bool IsCommitted(MacAddress mac) =>
        _attachments.All.Any(a => a.State == AttachmentState.Committed && new MacAddress(a.ContainerMac.Span) == mac);
}
