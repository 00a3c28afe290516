using System.Net;
using System.Net.Sockets;
using Weft.Contracts;
using Weft.Dataplane;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Makes bridges, ports, routes and neighbours equal to a <see cref="LinkPlan"/>: reads everything, sends what differs, nothing when
/// nothing does. What carries our marks and is not planned is removed; others' objects are never touched.
/// </summary>
internal sealed class LinkReconciler(RouteSocket socket)
{
    private readonly List<string> _changes = [];
    private readonly List<string> _problems = [];

    /// <summary>Names of bridges that links of somebody else have.</summary>
    private readonly HashSet<string> _takenNames = new(StringComparer.Ordinal);
    private volatile HashSet<int> _allBridgeIndexes = [];

    /// <summary>Interface index of each network's bridge, by network name, as of the last run. A network whose bridge could not be made is missing.</summary>
    public IReadOnlyDictionary<string, int> BridgeIndexes { get; private set; } = new Dictionary<string, int>();

    /// <summary>The same indexes without their networks; may be read by any thread.</summary>
    public IReadOnlyCollection<int> AllBridgeIndexes => _allBridgeIndexes;

    public ReconcileReport Run(LinkPlan plan)
    {
        _changes.Clear();
        _problems.Clear();
        _takenNames.Clear();
        ReconcileBridges(plan);
        IReadOnlyList<LinkInfo> links = socket.Links();
        BridgeIndexes = IndexBridges(plan, links);
        _allBridgeIndexes = [.. BridgeIndexes.Values];
        var batch = new RouteBatch();
        ReconcileBridgeAddresses(plan, batch);
        ReconcilePorts(plan, links, batch);
        Send(batch);        // a port must be in its bridge before its FDB entry can be
        batch = new RouteBatch();
        ReconcileForwarding(plan, links, batch);
        ReconcileRoutes(plan, batch);
        ReconcileNeighbours(plan, batch);
        Send(batch);
        return new ReconcileReport(_changes.Count, [.. _changes], [.. _problems]);
    }

    /// <summary>Whether a link is a bridge that Weft made.</summary>
    public static bool IsOurBridge(LinkInfo link) => link.Kind == "bridge"
        && link.Alias?.StartsWith("weft network ", StringComparison.Ordinal) == true
        && link.Name.StartsWith(WeftPaths.BridgePrefix, StringComparison.Ordinal);

    /// <summary>Whether a link is a container's host end that Weft made.</summary>
    public static bool IsOurPort(LinkInfo link) => link.Kind == "veth" && link.Name.StartsWith(WeftPaths.PortPrefix, StringComparison.Ordinal);

    private void ReconcileBridges(LinkPlan plan)
    {
        IReadOnlyList<LinkInfo> links = socket.Links();
        var byName = links.ToDictionary(l => l.Name, StringComparer.Ordinal);
        var batch = new RouteBatch();
        foreach (NetworkView network in plan.Networks)
        {
            if (!byName.TryGetValue(network.Bridge, out LinkInfo? link))
            {
                batch.CreateBridge(new BridgeSpec
                {
                    Name = network.Bridge,
                    Mac = network.BridgeMac,
                    AddressGeneration = AddressGenerationMode.None,
                });
                // The kernel takes no alias with a new link. An MTU that is set, not created with, stays when ports come and go.
                // Up only once it makes no address of its own.
                batch.SetLink(network.Bridge, new LinkChange { Alias = network.BridgeAlias, Mtu = network.Mtu, Up = true });
                continue;
            }
            if (link.Kind != "bridge" || (link.Alias is { Length: > 0 } alias && !alias.StartsWith("weft ", StringComparison.Ordinal)))
            {
                _takenNames.Add(network.Bridge);
                _problems.Add($"network {network.Name} needs the name {network.Bridge}, which a link of somebody else has (kind {link.Kind}); rename that one");
                continue;
            }
            LinkChange change = new()
            {
                Up = link.IsUp ? null : true,
                Mac = link.Mac == network.BridgeMac ? null : network.BridgeMac,
                Mtu = link.Mtu == network.Mtu ? null : network.Mtu,
                Alias = link.Alias == network.BridgeAlias ? null : network.BridgeAlias,
            };
            if (change != new LinkChange())
            {
                batch.SetLink(link.Index, change);
            }
        }
        var wanted = plan.Networks.Select(n => n.Bridge).ToHashSet(StringComparer.Ordinal);
        foreach (LinkInfo link in links.Where(l => IsOurBridge(l) && !wanted.Contains(l.Name)))
        {
            batch.DeleteLink(link.Index);
        }
        Send(batch);
    }

    private Dictionary<string, int> IndexBridges(LinkPlan plan, IReadOnlyList<LinkInfo> links)
    {
        var bridges = links.Where(l => l.Kind == "bridge").ToDictionary(l => l.Name, l => l.Index, StringComparer.Ordinal);
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (NetworkView network in plan.Networks)
        {
            if (bridges.TryGetValue(network.Bridge, out int index) && !_takenNames.Contains(network.Bridge))
            {
                indexes[network.Name] = index;
            }
        }
        return indexes;
    }

    private void ReconcileBridgeAddresses(LinkPlan plan, RouteBatch batch)
    {
        var present = socket.Addresses().Select(a => (a.LinkIndex, a.Address)).ToHashSet();
        foreach (NetworkView network in plan.Networks)
        {
            if (!BridgeIndexes.TryGetValue(network.Name, out int index))
            {
                continue;
            }
            foreach (InterfaceAddress address in (InterfaceAddress[])[new(network.Gateway4, 32), new(NetworkView.Gateway6, 64)])
            {
                if (!present.Contains((index, address)))
                {
                    batch.AddAddress(new AddressSpec { LinkIndex = index, Address = address, NoDad = true });
                }
            }
        }
    }

    /// <summary>Whether a container's host end has the MAC and MTU that it was made with.</summary>
    public static bool IsAsMade(LinkInfo link, AttachmentRecord attachment) =>
        link.Mac == new MacAddress(attachment.HostMac.Span) && link.Mtu == attachment.Mtu;

    private void ReconcilePorts(LinkPlan plan, IReadOnlyList<LinkInfo> links, RouteBatch batch)
    {
        var byName = links.ToDictionary(l => l.Name, StringComparer.Ordinal);
        foreach (PlannedPort port in plan.Ports.Where(p => p.Required))
        {
            if (!byName.TryGetValue(port.Attachment.HostInterface, out LinkInfo? link)
                || !BridgeIndexes.TryGetValue(port.Attachment.WeftNetwork, out int bridge))
            {
                continue;       // its container is gone: DEL or GC will say so
            }
            if (link.MasterIndex != bridge)
            {
                batch.SetLink(link.Index, new LinkChange { MasterIndex = bridge });
            }
            if (link.MasterIndex != bridge || !link.IsUp || link.BridgePort is not { Isolated: true, Learning: false })
            {
                batch.SetBridgePort(link.Index, BridgePortFlags.ContainerPort, up: true);
            }
            if (!IsAsMade(link, port.Attachment))
            {
                batch.SetLink(link.Index, new LinkChange { Mac = new MacAddress(port.Attachment.HostMac.Span), Mtu = port.Attachment.Mtu });
            }
        }
        var known = plan.Ports.Select(p => p.Attachment.HostInterface).ToHashSet(StringComparer.Ordinal);
        foreach (LinkInfo link in links.Where(l => IsOurPort(l) && !known.Contains(l.Name) && l.Group != LinkReaper.Group))
        {
            batch.DeleteLink(link.Index);       // of an attachment that was undone: its plugin died before it could do so itself
        }
    }

    private void ReconcileForwarding(LinkPlan plan, IReadOnlyList<LinkInfo> links, RouteBatch batch)
    {
        if (BridgeIndexes.Count == 0)
        {
            return;
        }
        var indexes = links.ToDictionary(l => l.Name, l => l.Index, StringComparer.Ordinal);
        var present = socket.Fdb().Select(f => (f.LinkIndex, f.Mac)).ToHashSet();
        foreach (PlannedPort port in plan.Ports.Where(p => p.Required))
        {
            if (indexes.TryGetValue(port.Attachment.HostInterface, out int index) && !present.Contains((index, port.Mac)))
            {
                batch.ReplaceFdb(new FdbSpec { LinkIndex = index, Mac = port.Mac });
            }
        }
    }

    private void ReconcileRoutes(LinkPlan plan, RouteBatch batch)
    {
        var wanted = new Dictionary<(IPNetwork, RouteType, int), RouteSpec>();
        foreach (Cidr block in plan.Blocks)
        {
            var spec = BlockRoute(block);
            wanted[(spec.Destination, RouteType.Blackhole, 0)] = spec;
        }
        var tolerated = new HashSet<(IPNetwork, RouteType, int)>();
        foreach (PlannedPort port in plan.Ports)
        {
            if (!BridgeIndexes.TryGetValue(port.Attachment.WeftNetwork, out int bridge))
            {
                continue;
            }
            foreach (IPAddress address in port.Attachment.Addresses.Select(a => a.Address))
            {
                RouteSpec spec = ContainerRoute(address, bridge);
                (IPNetwork, RouteType, int) key = (spec.Destination, RouteType.Unicast, bridge);
                if (port.Required)
                {
                    wanted[key] = spec;
                }
                else
                {
                    tolerated.Add(key);
                }
            }
        }
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            foreach (RouteInfo route in socket.Routes(family, RouteTable.Main, RouteProtocol.Weft))
            {
                if (route.NexthopId != 0)
                {
                    continue;       // the overlay's
                }
                // The kernel shows an IPv6 blackhole as leaving by lo.
                (IPNetwork, RouteType, int) key = (route.Destination, route.Type, route.Type == RouteType.Unicast ? route.LinkIndex : 0);
                if (!wanted.Remove(key) && !tolerated.Contains(key))
                {
                    batch.DeleteRoute(new RouteSpec
                    {
                        Destination = route.Destination,
                        Type = route.Type,
                        LinkIndex = key.Item3,
                        Priority = route.Priority,
                    });
                }
            }
        }
        foreach (RouteSpec spec in wanted.Values)
        {
            batch.ReplaceRoute(spec);
        }
    }

    private void ReconcileNeighbours(LinkPlan plan, RouteBatch batch)
    {
        if (BridgeIndexes.Count == 0)
        {
            return;
        }
        var wanted = new Dictionary<(int, IPAddress), MacAddress>();
        var tolerated = new HashSet<(int, IPAddress)>();
        foreach (PlannedPort port in plan.Ports)
        {
            if (!BridgeIndexes.TryGetValue(port.Attachment.WeftNetwork, out int bridge))
            {
                continue;
            }
            foreach (IPAddress address in port.Attachment.Addresses.Select(a => a.Address))
            {
                if (port.Required)
                {
                    wanted[(bridge, address)] = port.Mac;
                }
                else
                {
                    tolerated.Add((bridge, address));
                }
            }
        }
        var bridges = BridgeIndexes.Values.ToHashSet();
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            foreach (NeighbourInfo neighbour in socket.Neighbours(family))
            {
                if (!bridges.Contains(neighbour.LinkIndex) || !neighbour.State.HasFlag(NeighbourState.Permanent))
                {
                    continue;
                }
                (int, IPAddress) key = (neighbour.LinkIndex, neighbour.Address);
                if (wanted.TryGetValue(key, out MacAddress mac))
                {
                    if (neighbour.Mac == mac)
                    {
                        wanted.Remove(key);
                    }
                }
                else if (!tolerated.Contains(key) && neighbour.Protocol == RouteProtocol.Weft)
                {
                    batch.DeleteNeighbour(new NeighbourSpec { LinkIndex = neighbour.LinkIndex, Address = neighbour.Address });
                }
            }
        }
        foreach (((int bridge, IPAddress address), MacAddress mac) in wanted)
        {
            batch.ReplaceNeighbour(new NeighbourSpec { LinkIndex = bridge, Address = address, Mac = mac });
        }
    }

    /// <summary>
    /// A block's unused addresses go nowhere; a container's own route is longer and wins. With the worst metric: where the machine has a route of that very range,
    /// such as the bridge's of the plugin that had it before, that one stays and counts.
    /// </summary>
    public static RouteSpec BlockRoute(Cidr block) =>
        new() { Destination = new IPNetwork(block.First, block.PrefixLength), Type = RouteType.Blackhole, Priority = uint.MaxValue };

    /// <summary>The way to a container: straight out of its network's bridge.</summary>
    public static RouteSpec ContainerRoute(IPAddress address, int bridge) => new() { Destination = LinkPlan.HostRoute(address), LinkIndex = bridge };

    private void Send(RouteBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            _changes.Add(batch.OperationAt(i));
        }
        foreach (NetlinkException failure in socket.TryExecute(batch))
        {
            // Gone or there already: somebody else did it meanwhile, and the next look will tell.
            if (failure.Errno is not (Errno.ENODEV or Errno.ENOENT or Errno.ESRCH or Errno.EEXIST))
            {
                _problems.Add(failure.Message);
            }
        }
    }
}
