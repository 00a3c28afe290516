using System.Net;
using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Policies;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// All that weftd does in the kernel, as whole steps: permit, revoke and unwire one attachment, and bring everything in line. Used
/// by one caller at a time, who holds the <see cref="NodeLock"/>.
/// </summary>
internal sealed class NodeKernel : IAsyncDisposable
{
    private readonly RouteSocket _routes;
    private readonly LinkReconciler _links;
    private readonly HairpinLinks _hairpins;
    private readonly OverlayReconciler _overlay;
    private readonly BandwidthLimits _limits;
    private readonly LinkReaper _reaper;
    private readonly FlowReaper _flows;
    private readonly FlowJudge _judge;
    private readonly PolicyEngine _policy;
    private readonly LoopbackRouting _loopback;
    private readonly Firewall _firewall;
    private readonly ILogger<NodeKernel> _logger;
    private readonly RouteBatch _batch = new();
    private volatile IReadOnlyList<OverlayPlan>? _overlays;
    private bool _mayHaveOverlays = true;
    private string? _unusable = "weftd is starting";

    private NodeKernel(RouteSocket routes, Firewall firewall, PolicyEngine policy, ILogger<NodeKernel> logger, NetworkNamespace? within)
    {
        _policy = policy;
        _judge = new FlowJudge(policy, logger, within);
        _routes = routes;
        _links = new LinkReconciler(routes);
        _hairpins = new HairpinLinks(routes, within);
        _overlay = new OverlayReconciler(routes, within);
        _limits = new BandwidthLimits(routes);
        _reaper = new LinkReaper(logger, within);
        _flows = new FlowReaper(logger, within);
        _loopback = new LoopbackRouting(within);
        Namespace = within;
        _firewall = firewall;
        _logger = logger;
    }

    /// <summary>The node's namespace; null: the process's own. Not disposed of here.</summary>
    public NetworkNamespace? Namespace { get; }

    /// <summary>Netlink port of the socket that changes links: its notifications are ours.</summary>
    public uint RoutePort => _routes.PortId;

    /// <summary>Why nothing new may start, or null: the rules are in place.</summary>
    public string? WhyUnusable => _unusable;

    /// <summary>Interface indexes of all bridges, as of the last look. Needs no lock.</summary>
    public IReadOnlyCollection<int> BridgeIndexes => _links.AllBridgeIndexes;

    /// <summary>Whether each network has a hairpin link: br_netfilter is on. Needs no lock.</summary>
    public bool NeedsHairpins => _hairpins.AreWanted;

    /// <summary>Interface indexes of the hairpin links, as of the last look. Needs no lock.</summary>
    public IReadOnlyCollection<int> HairpinIndexes => _hairpins.Indexes;

    /// <summary>Why containers do not reach ports that are published on their own node, or null. They work otherwise.</summary>
    public string? HairpinProblem { get; private set; }

    /// <summary>Whether containers' traffic passes <see cref="BandwidthLimits.Shaper"/>, and ends without it. Needs no lock.</summary>
    public bool NeedsShaper => _limits.NeedsShaper;

    /// <summary>Interface index of <see cref="BandwidthLimits.Shaper"/>; 0: none is needed. Needs no lock.</summary>
    public int ShaperIndex => _limits.ShaperIndex;

    /// <summary>
    /// The networks' overlays as they should be: what the next look brings about. Null: not known yet, and nothing of them is touched but the rules. To be set before the
    /// first look, or that takes the rules of the weftd before this one away. Reading needs no lock.
    /// </summary>
    public IReadOnlyList<OverlayPlan>? Overlays
    {
        get => _overlays;
        set => _overlays = value;
    }

    /// <summary>What of the overlays is not as it should be, as of the last look: other nodes are not reached. This node's containers work.</summary>
    public IReadOnlyList<string> OverlayProblems { get; private set; } = [];

    /// <summary>Interface indexes of the overlays' VXLAN devices, as of the last look. Needs no lock.</summary>
    public IReadOnlyCollection<int> OverlayIndexes => _overlay.DeviceIndexes;

    /// <summary>A VXLAN device's interface index, as of the last look; 0: there is none. Needs no lock.</summary>
    public int OverlayIndexOf(string device) => _overlay.IndexOf(device);

    /// <summary>Whether the overlays' checksums are computed in software: the next look brings it about. Null: as the devices are.</summary>
    public bool? SoftwareChecksums
    {
        get => _overlay.SoftwareChecksums;
        set => _overlay.SoftwareChecksums = value;
    }

    /// <summary>Netlink port of the socket that changes rules.</summary>
    public uint FirewallPort => _firewall.PortId;

    /// <param name="owner">Whether the tables are to belong to this process.</param>
    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The node's namespace; null: the process's own.</param>
    /// <param name="policy">Judges by what policies say; null: there are none.</param>
    /// <exception cref="KernelException">No netlink, or nf_tables is not there.</exception>
    public static NodeKernel Open(NftablesOwner owner, ILogger<NodeKernel> logger, NetworkNamespace? within = null, PolicyEngine? policy = null)
    {
        policy ??= new PolicyEngine("", PolicySettings.Default);
        RouteSocket routes = RouteSocket.Open(within);
        try
        {
            return new NodeKernel(routes, Firewall.Open(owner, within, policy.Settings.OwnNodeAlwaysReachable), policy, logger, within);
        }
        catch
        {
            routes.Dispose();
            throw;
        }
    }

    /// <summary>Brings links and rules in line with what is wanted. Rules first: no link is up before they hold.</summary>
    public ReconcileReport Reconcile(NetworkSnapshot networks, IReadOnlyList<Cidr> blocks, IReadOnlyList<AttachmentRecord> attachments)
    {
        _policy.Synchronize(attachments);
        ReconcileReport rules = _firewall.Reconcile(networks, blocks, attachments, _overlays, _policy.State());
        _unusable = rules.Problems.Count == 0 ? null : $"the rules are not in place: {rules.Problems[0]}";
        if (_unusable is not null)
        {
            return rules;
        }
        if (rules.Operations > 0)
        {
            // While elements were missing, the node itself may have got flows that are a container's.
            _flows.Forget([.. attachments.SelectMany(PublishedPort.Of)]);
            _judge.Recheck();
        }
        ReconcileReport links = _links.Run(LinkPlan.Build(networks, blocks, attachments));
        _hairpins.MovedAway = OverlaySets.MovedAway(_overlays ?? []);
        ReconcileReport hairpins = _hairpins.Reconcile(networks, blocks, attachments, _links.BridgeIndexes);
        HairpinProblem = hairpins.Problems.Count > 0 ? hairpins.Problems[0] : null;
        return ReconcileReport.Combine(
            rules,
            Forwarding.Enable(_routes, Namespace),
            links,
            ReconcileOverlays(),
            hairpins with { Problems = [] },
            _loopback.Reconcile(networks, attachments),
            _limits.Reconcile(attachments));
    }

    /// <summary>
    /// Carries out what changed of the overlays since the last look, without reading the kernel's tables: a node that joined, left or changed
    /// its address. Senders are let in before they are routed to.
    /// </summary>
    public ReconcileReport ChangeOverlays(IReadOnlyList<OverlayPlan> overlays)
    {
        ReconcileReport rules = _firewall.ChangeOverlays(_overlays ?? [], overlays);
        _overlays = overlays;
        _mayHaveOverlays = true;
        ReconcileReport links = _overlay.Apply(overlays);
        OverlayProblems = links.Problems;
        ReconcileReport hairpins = _hairpins.FollowMoved(OverlaySets.MovedAway(overlays));
        return ReconcileReport.Combine(rules, links, hairpins with { Problems = [] });
    }

    /// <summary>The first thing that the kernel's tables lack right now, or null.</summary>
    /// <exception cref="KernelException">nf_tables does not answer.</exception>
    public string? WhatRulesLack() => _firewall.WhatIsLacking();

    /// <exception cref="RefusedException">The rules are not in place, so nothing new may start.</exception>
    public void RequireUsable()
    {
        if (_unusable is { } why)
        {
            throw new RefusedException(RefusalReason.KernelRefused, why, "see `weft status` and weftd's log");
        }
    }

    /// <summary>Interface index of a network's bridge.</summary>
    /// <exception cref="RefusedException">It could not be made.</exception>
    public int RequireBridge(NetworkView network) => _links.BridgeIndexes.TryGetValue(network.Name, out int index)
        ? index
        : throw new RefusedException(
            RefusalReason.NotReady, $"the bridge {network.Bridge} of network {network.Name} is not there yet", "try again; if it stays so see `weft status`");

    public bool HasLink(string name) => _routes.LinkByName(name) is not null;

    /// <summary>Addresses that are routed to a container by Weft.</summary>
    /// <exception cref="NetlinkException">The kernel did not answer.</exception>
    public IReadOnlySet<IPAddress> ContainerRoutes() => _routes.Routes(table: RouteTable.Main, protocol: RouteProtocol.Weft)
        .Where(r => r is { Type: RouteType.Unicast, NexthopId: 0 } && LinkPlan.HostRoute(r.Destination.BaseAddress).Equals(r.Destination))
        .Select(r => r.Destination.BaseAddress).ToHashSet();

    /// <summary>Names of all links that look like containers' host ends, parked ones excluded.</summary>
    /// <exception cref="KernelException">The kernel did not answer.</exception>
    public IReadOnlySet<string> HostLinks() =>
        _routes.Links(kind: "veth").Where(l => LinkReconciler.IsOurPort(l) && l.Group != LinkReaper.Group).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Completes when no link that <see cref="Unwire"/> parked is left in a namespace, nor one of that name. Needs no lock.</summary>
    public Task WhenGoneFrom(ulong device, ulong inode, string hostInterface = "") => _reaper.WhenGoneFrom(device, inode, hostInterface);

    /// <summary>Lets an attachment's addresses through, from its port and with its MAC alone. Its link may come up afterwards, not before.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="blocks">The blocks that its addresses are of.</param>
    /// <param name="reservations">All there are.</param>
    /// <exception cref="KernelException">Nothing was changed.</exception>
    public void Permit(AttachmentRecord attachment, IReadOnlyList<Cidr> blocks, ReservationSet reservations)
    {
        foreach (Cidr block in _firewall.UnknownOf(blocks).Where(b => !reservations.HasImported(b)))
        {
            _routes.Execute(Fresh().ReplaceRoute(LinkReconciler.BlockRoute(block)));
        }
        _flows.Settle([.. attachment.Addresses.Select(a => a.Address)]);
        _policy.Set(attachment);
        try
        {
            _firewall.Permit(attachment, blocks, _policy.Take());
        }
        catch (KernelException e)
        {
            LosePolicy(e);
            throw;
        }
        _loopback.Permit(attachment);
        foreach (string problem in _hairpins.Permit(attachment, blocks))
        {
            KernelLog.NotAsPlanned(_logger, problem);
        }
        _flows.Forget([.. PublishedPort.Of(attachment)]);
    }

    /// <summary>An attachment's labels became known: its own policies take over.</summary>
    public void Describe(AttachmentRecord attachment) => ChangePolicy(policy => policy.Set(attachment), existingFlows: true);

    /// <summary>
    /// Tells what changed of policies and what they select by, and puts it in force. Where the kernel refuses, what was in force stays, nothing new may start, and the next look
    /// tries all of it.
    /// </summary>
    /// <param name="change">Tells it.</param>
    /// <param name="existingFlows">Whether flows that were allowed before are judged again.</param>
    /// <returns>False: it is not in force yet, and a look at everything is needed.</returns>
    public bool ChangePolicy(Action<PolicyEngine> change, bool existingFlows)
    {
        change(_policy);
        if (_unusable is not null)
        {
            return false;       // there was no look yet, or it failed: the next one has it all
        }
        PolicyStep step = _policy.Take();
        if (step.IsEmpty)
        {
            return true;
        }
        try
        {
            if (!_firewall.Change(step))
            {
                return false;
            }
        }
        catch (KernelException e)
        {
            LosePolicy(e);
            return false;
        }
        if (existingFlows && step.MayTighten)
        {
            _judge.Recheck();
        }
        return true;
    }

    /// <summary>Puts an attachment's bandwidth limits in force. Its host end exists.</summary>
    /// <exception cref="KernelException">Nothing is left of them.</exception>
    public void Limit(AttachmentRecord attachment) => _limits.Apply(attachment);

    /// <summary>
    /// Takes back what <see cref="Permit"/> let through: every frame from the port is dropped from then on, of established flows too. Ends the
    /// flows that the rules take for established, for whoever gets the address next. What is gone already is no problem; anything else is
    /// repaired by the next look.
    /// </summary>
    public void Revoke(AttachmentRecord attachment)
    {
        try
        {
            _firewall.Revoke(attachment);
            _loopback.Revoke(attachment);
        }
        catch (KernelException e)
        {
            KernelLog.UnwireProblem(_logger, attachment.HostInterface, e.Message);
            // The rules may let something through until they are repaired, so the link must not.
            Fresh();
            Park(attachment.HostInterface, cut: true);
            Send(attachment.HostInterface);
        }
        // Nothing flows for it any more. That nobody takes its address for its own is only tidy.
        ChangePolicy(policy => policy.Remove(attachment), existingFlows: false);
        _flows.Forget(attachment.Addresses.Select(a => a.Address));
    }

    /// <summary>
    /// Takes an attachment's link out of use: parked for deletion, routes and neighbours gone. Nothing there is no problem. Takes no step that
    /// waits for the kernel's RCU (link down, out of the bridge, another name: 3 to 7 ms each): that is left to the deletion, and traffic ends by
    /// <see cref="Revoke"/>.
    /// </summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="network">Its network, or null when that is gone.</param>
    public void Unwire(AttachmentRecord attachment, NetworkView? network)
    {
        Fresh();
        Park(attachment.HostInterface, cut: false);
        if (network is not null && _links.BridgeIndexes.TryGetValue(network.Name, out int bridge))
        {
            foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
            {
                _batch.DeleteRoute(LinkReconciler.ContainerRoute(address, bridge));
                _batch.DeleteNeighbour(new NeighbourSpec { LinkIndex = bridge, Address = address });
            }
        }
        _hairpins.Forget(attachment, _batch);
        Send(attachment.HostInterface);
        foreach (string problem in _limits.Withdraw(attachment))
        {
            KernelLog.UnwireProblem(_logger, attachment.HostInterface, problem);
        }
        _reaper.Collect(attachment.NetnsDevice, attachment.NetnsInode, attachment.HostInterface);
    }

    /// <summary>Deletes a host end that belongs to nothing any more. Nothing there is no problem.</summary>
    public void RemoveLink(string name)
    {
        Fresh();
        Park(name, cut: true);
        Send(name);
        _reaper.Collect(0, 0, name);
    }

    /// <summary>What is missing or wrong of an attachment on the node's side, one sentence each.</summary>
    public IReadOnlyList<string> Inspect(AttachmentRecord attachment, NetworkView network) =>
    [
        .. AttachmentInspection.Links(_routes, attachment, network),
        .. _firewall.Missing(attachment).Select(m => $"the rules lack {m}"),
        .. _loopback.Problem(attachment) is { } problem ? [problem] : (string[])[],
        .. _hairpins.Inspect(attachment),
        .. _limits.Inspect(attachment),
    ];

    public async ValueTask DisposeAsync()
    {
        await _reaper.DisposeAsync();
        await _flows.DisposeAsync();
        await _judge.DisposeAsync();
        _routes.Dispose();
        _firewall.Dispose();
    }

    /// <summary>A node without overlays is asked for leftovers of earlier ones, once.</summary>
    private ReconcileReport ReconcileOverlays()
    {
        IReadOnlyList<OverlayPlan>? overlays = _overlays;
        if (overlays is null || (overlays.Count == 0 && !_mayHaveOverlays))
        {
            return new ReconcileReport(0, [], []);
        }
        ReconcileReport report = _overlay.Run(overlays);
        _mayHaveOverlays = overlays.Count > 0 || report.Operations > 0;
        OverlayProblems = report.Problems;
        return report with { Problems = [] };
    }

    private void LosePolicy(KernelException e)
    {
        _unusable = $"policies could not be put in force: {e.Message}";
        KernelLog.NotAsPlanned(_logger, _unusable);
    }

    /// <summary>Queues what hands a link to the reaper.</summary>
    private void Park(string name, bool cut) => _batch.SetLink(name, new LinkChange { Up = cut ? false : null, Group = LinkReaper.Group });

    private RouteBatch Fresh()
    {
        _batch.Clear();
        return _batch;
    }

    private void Send(string about)
    {
        foreach (NetlinkException failure in _routes.TryExecute(_batch))
        {
            if (failure.Errno is not (Errno.ENOENT or Errno.ESRCH or Errno.ENODEV))
            {
                KernelLog.UnwireProblem(_logger, about, failure.Message);
            }
        }
    }
}
