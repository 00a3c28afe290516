using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <content>The look at everything: follows br_netfilter's switch, and sends what differs.</content>
internal sealed partial class HairpinLinks
{
    private readonly List<string> _changes = [];
    private readonly List<string> _problems = [];

    /// <summary>
    /// Makes links, addresses, neighbours, routes and rules as they should be: all while br_netfilter is on, none otherwise; and the rules while there is something that the
    /// node translates to.
    /// </summary>
    /// <param name="networks">All networks.</param>
    /// <param name="blocks">This node's blocks.</param>
    /// <param name="attachments">This node's attachments, pending ones included.</param>
    /// <param name="bridges">Interface index of each network's bridge, by network.</param>
    /// <exception cref="KernelException">The kernel did not answer.</exception>
    public ReconcileReport Reconcile(
        NetworkSnapshot networks, IEnumerable<Cidr> blocks, IEnumerable<AttachmentRecord> attachments, IReadOnlyDictionary<string, int> bridges)
    {
        _networks = networks;
        _bridges = bridges;
        _blocks.Clear();
        _blocks.UnionWith(blocks);
        _containers.Clear();
        foreach (AttachmentRecord attachment in attachments)
        {
            Remember(attachment);
        }
        return Look();
    }

    /// <summary>Lets addresses of this node's blocks leave it that live on other nodes now, without a look at anything else.</summary>
    /// <exception cref="KernelException">The kernel did not answer.</exception>
    public ReconcileReport FollowMoved(IReadOnlySet<Cidr> moved)
    {
        bool same = moved.SetEquals(MovedAway);
        MovedAway = moved;
        _changes.Clear();
        _problems.Clear();
        if (!same && _on)
        {
            Send(Routes());
        }
        return new ReconcileReport(_changes.Count, [.. _changes], [.. _problems]);
    }

    private ReconcileReport Look()
    {
        _changes.Clear();
        _problems.Clear();
        _paths.Clear();
        _on = BridgeNetfilter.IsOn(within);
        HairpinPath[] wanted = _on ? [.. _networks.All.Where(n => _bridges.ContainsKey(n.Name)).Select(n => new HairpinPath(n, _bridges[n.Name]))] : [];
        if (wanted.Length == 0)
        {
            _indexes = [];      // before they go: nobody took them away
            // Rules first: what they lead to is there for as long as they are.
            Send(Rules(wanted));
            Send(Routes());
            Send(RemoveOthers(socket.Links(kind: "macvlan"), wanted));
            return new ReconcileReport(_changes.Count, [.. _changes], [.. _problems]);
        }
        ReconcileLinks(wanted);
        Send(Addresses());
        Send(Neighbours());
        Send(Routes());
        Send(Rules(wanted));
        return new ReconcileReport(_changes.Count, [.. _changes], [.. _problems]);
    }

    private void ReconcileLinks(HairpinPath[] wanted)
    {
        List<LinkInfo> present = socket.Links(kind: "macvlan");
        RouteBatch batch = RemoveOthers(present, wanted);
        foreach (HairpinPath path in wanted)
        {
            LinkInfo? link = present.FirstOrDefault(l => l.Name == path.Name);
            // Without an alias it is ours, too: weftd was killed before it gave it one.
            if (link is not null && !HairpinPath.IsOurs(link) && (link.Alias is { Length: > 0 } || link.PeerIndex != path.Bridge))
            {
                continue;
            }
            if (link is not null && link.PeerIndex == path.Bridge && link.Macvlan == MacvlanMode.Source)
            {
                LinkChange change = new()
                {
                    Up = link.IsUp ? null : true,
                    Mac = link.Mac == path.Mac ? null : path.Mac,
                    Mtu = link.Mtu == path.Network.Mtu ? null : path.Network.Mtu,
                    Alias = link.Alias == path.Alias ? null : path.Alias,
                    AddressGeneration = link.AddressGeneration is null or AddressGenerationMode.None ? null : AddressGenerationMode.None,
                };
                if (change != new LinkChange())
                {
                    batch.SetLink(link.Index, change);
                }
                continue;
            }
            if (link is not null)
            {
                batch.DeleteLink(link.Index);
            }
            batch.CreateMacvlan(path.LinkSpec);
        }
        if (batch.Count > 0)
        {
            Send(batch);
            present = socket.Links(kind: "macvlan");
        }
        foreach (HairpinPath path in wanted)
        {
            if (present.FirstOrDefault(l => l.Name == path.Name && HairpinPath.IsOurs(l)) is { } link)
            {
                _paths[path.Network.Name] = (path, link.Index);
            }
            else
            {
                _problems.Add(
                    $"while br_netfilter is on, containers of network {path.Network.Name} need the link {path.Name} to reach ports published on their own node, and it could not be made; "
                    + $"free that name, load the kernel module macvlan, or set net.bridge.bridge-nf-call-iptables and -ip6tables to 0");
            }
        }
        _indexes = [.. _paths.Values.Select(p => p.Link)];
    }

    private static RouteBatch RemoveOthers(List<LinkInfo> present, HairpinPath[] wanted)
    {
        var batch = new RouteBatch();
        foreach (LinkInfo link in present.Where(l => HairpinPath.IsOurs(l) && wanted.All(p => p.Name != l.Name)))
        {
            batch.DeleteLink(link.Index);
        }
        return batch;
    }

    private RouteBatch Addresses()
    {
        var batch = new RouteBatch();
        var present = socket.Addresses().Select(a => (a.LinkIndex, a.Address)).ToHashSet();
        foreach ((HairpinPath path, int link) in _paths.Values)
        {
            foreach (InterfaceAddress address in path.Addresses.Where(a => !present.Contains((link, a))))
            {
                batch.AddAddress(new AddressSpec { LinkIndex = link, Address = address, NoDad = true });
            }
        }
        return batch;
    }

    private RouteBatch Neighbours()
    {
        var batch = new RouteBatch();
        Dictionary<int, string> networks = _paths.ToDictionary(p => p.Value.Link, p => p.Key);
        HashSet<IPAddress> missing = [.. _containers.Where(c => _paths.ContainsKey(c.Value.Network)).Select(c => c.Key)];
        foreach (NeighbourInfo neighbour in socket.Neighbours().Where(n => networks.ContainsKey(n.LinkIndex) && n.State.HasFlag(NeighbourState.Permanent)))
        {
            if (_containers.TryGetValue(neighbour.Address, out (string Network, MacAddress Mac, bool Publishes) container) && container.Network == networks[neighbour.LinkIndex])
            {
                if (neighbour.Mac == container.Mac)
                {
                    missing.Remove(neighbour.Address);
                }
            }
            else if (neighbour.Protocol == RouteProtocol.Weft)
            {
                batch.DeleteNeighbour(new NeighbourSpec { LinkIndex = neighbour.LinkIndex, Address = neighbour.Address });
            }
        }
        foreach (IPAddress address in missing)
        {
            batch.ReplaceNeighbour(Neighbour(address, _paths[_containers[address].Network].Link));
        }
        return batch;
    }

    private RouteBatch Routes()
    {
        var batch = new RouteBatch();
        Dictionary<(uint Table, IPNetwork Destination, int Link), RouteSpec> missing = _paths.Values
            .SelectMany(p => _blocks.Where(p.Path.Holds).Select(b => p.Path.Route(b, p.Link)).Concat(MovedAway.Where(p.Path.Holds).Select(p.Path.WayOut)))
            .ToDictionary(r => (r.Table, r.Destination, r.LinkIndex));
        foreach (RouteInfo route in socket.Routes(protocol: RouteProtocol.Weft).Where(r => r.Table != RouteTable.Main))
        {
            // The kernel shows a route of another type as leaving by lo.
            int link = route.Type == RouteType.Unicast ? route.LinkIndex : 0;
            if (route.Type is not (RouteType.Unicast or RouteType.Throw) || !missing.Remove((route.Table, route.Destination, link)))
            {
                batch.DeleteRoute(new RouteSpec
                {
                    Destination = route.Destination,
                    Type = route.Type,
                    LinkIndex = link,
                    Priority = route.Priority,
                    Table = route.Table,
                });
            }
        }
        foreach (RouteSpec route in missing.Values)
        {
            batch.ReplaceRoute(route);
        }
        return batch;
    }

    private RouteBatch Rules(HairpinPath[] wanted)
    {
        var batch = new RouteBatch();
        List<RuleSpec> missing = [.. wanted.Where(p => _paths.ContainsKey(p.Network.Name) && NeedsRules(p.Network.Name)).SelectMany(p => p.Rules)];
        foreach (RuleInfo rule in socket.Rules().Where(r => r.Protocol == RouteProtocol.Weft))
        {
            if (missing.RemoveAll(s => IsSame(rule, s)) == 0)
            {
                batch.DeleteRule(SpecOf(rule));
            }
        }
        foreach (RuleSpec rule in missing)
        {
            batch.AddRule(rule);
        }
        return batch;
    }

    /// <summary>What deletes exactly that rule.</summary>
    public static RuleSpec SpecOf(RuleInfo rule) => new()
    {
        Family = rule.Family,
        Priority = rule.Priority,
        Table = rule.Table,
        Action = rule.Action,
        Mark = rule.Mark,
        MarkMask = rule.MarkMask,
        From = rule.From,
        To = rule.To,
        InputInterface = rule.InputInterface,
        OutputInterface = rule.OutputInterface,
        Protocol = rule.Protocol,
    };

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
