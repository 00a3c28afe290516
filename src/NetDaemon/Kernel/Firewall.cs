using System.Net;
using System.Net.Sockets;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Policies;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Owns the tables inet weft and bridge weft: brings them in line, and adds and removes what one attachment needs. One batch a change.
/// Where the kernel can, the tables belong to this process's socket, and nobody else changes them.
/// </summary>
internal sealed class Firewall : IDisposable
{
    private readonly NftSocket _socket;
    private readonly bool _mayOwn;
    private readonly HashSet<Cidr> _blocks = [];
    private readonly PolicyTables _policy;
    private HashSet<(AddressFamily Family, int Length)> _prefixes = [];     // that rules ask for

    private Firewall(NftSocket socket, bool mayOwn, bool ownNodeAlwaysReachable)
    {
        _socket = socket;
        _mayOwn = mayOwn;
        _policy = new PolicyTables(ownNodeAlwaysReachable);
    }

    /// <summary>Netlink port of the socket: changes by others carry another.</summary>
    public uint PortId => _socket.PortId;

    /// <param name="owner">Whether the tables are to belong to this process.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    /// <param name="ownNodeAlwaysReachable">Whether containers reach their own node whatever policies say.</param>
    /// <exception cref="KernelException">The kernel has no nf_tables, or forbids it.</exception>
    public static Firewall Open(NftablesOwner owner, NetworkNamespace? within = null, bool ownNodeAlwaysReachable = false)
    {
        NftSocket socket = NftSocket.Open(within);
        try
        {
            socket.Generation();        // the cheapest question that needs nf_tables
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        return new Firewall(socket, owner == NftablesOwner.Auto, ownNodeAlwaysReachable);
    }

    /// <summary>Makes both tables as planned. Sends nothing when they are.</summary>
    public ReconcileReport Reconcile(
        NetworkSnapshot networks,
        IReadOnlyList<Cidr> blocks,
        IReadOnlyList<AttachmentRecord> attachments,
        IReadOnlyList<OverlayPlan>? overlays = null,
        PolicyState? policy = null)
    {
        try
        {
            NftTableState? bridged = Read(Protect(BridgedRules.Table));
            NftTableState? routed = Read(Protect(RoutedRules.Table));
            policy ??= PolicyState.Empty;
            FirewallPlan plan = FirewallPlan.Build(
                Protect(RoutedRules.Table), Protect(BridgedRules.Table), networks, blocks, attachments, overlays, (rules, ports) => _policy.AddTo(rules, policy, ports, routed));
            NftTransaction transaction = NftDiff.Compute(plan.Bridged, bridged);
            // Who is where on other nodes may not be known yet: what an earlier weftd let through is not cut.
            transaction.Append(NftDiff.Compute(plan.Routed, routed, policy.IsWhole ? null : set => PolicySets.HoldsContainers(set.Name)));
            _socket.Commit(transaction);
            _policy.Committed();
            _blocks.Clear();
            _blocks.UnionWith(blocks);
            _prefixes = OverlaySets.Prefixes(networks, overlays ?? []);
            return new ReconcileReport(transaction.Operations.Count, [.. transaction.Operations.Select(o => o.Title)], []);
        }
        catch (KernelException e)
        {
            return new ReconcileReport(0, [], [e.Message]);
        }
    }

    /// <summary>
    /// Lets in what nodes joined or got, and no longer what left, by elements alone. What needs other rules (a network more, another family, port or own address) is left to
    /// <see cref="Reconcile"/>.
    /// </summary>
    public ReconcileReport ChangeOverlays(IReadOnlyList<OverlayPlan> before, IReadOnlyList<OverlayPlan> after)
    {
        if (!before.Select(p => (p.Network, p.Device is null, p.Device?.Local)).SequenceEqual(after.Select(p => (p.Network, p.Device is null, p.Device?.Local))))
        {
            return new ReconcileReport(0, [], []);
        }
        if (OverlaySets.FirstUnlike(after, before, _prefixes) is { } lacking)
        {
            return new ReconcileReport(0, [], [$"there is no rule for {lacking} yet: no block had that size"]);
        }
        var transaction = new NftTransaction();
        NftTableChanges routed = transaction.In(RoutedRules.Table);
        foreach (IGrouping<NftSet, (NftSet, NftElement Element)> gone in OverlaySets.Difference(before, after).GroupBy(e => e.Set))
        {
            routed.DeleteElements(gone.Key, [.. gone.Select(e => e.Element)]);
        }
        foreach (IGrouping<NftSet, (NftSet, NftElement Element)> added in OverlaySets.Difference(after, before).GroupBy(e => e.Set))
        {
            routed.AddElements(added.Key, [.. added.Select(e => e.Element)]);
        }
        try
        {
            _socket.Commit(transaction);
            return new ReconcileReport(transaction.Operations.Count, [.. transaction.Operations.Select(o => o.Title)], []);
        }
        catch (KernelException e)
        {
            return new ReconcileReport(0, [], [e.Message]);
        }
    }

    /// <summary>Those of the blocks that the rules do not know as this node's yet.</summary>
    public IReadOnlyList<Cidr> UnknownOf(IEnumerable<Cidr> blocks) => [.. blocks.Where(b => !_blocks.Contains(b))];

    /// <summary>Lets an attachment's addresses through: all of it or nothing.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="blocks">The blocks that its addresses are of.</param>
    /// <param name="policy">What policies make of it.</param>
    /// <exception cref="KernelException">Nothing was changed.</exception>
    public void Permit(AttachmentRecord attachment, IReadOnlyList<Cidr> blocks, PolicyStep? policy = null)
    {
        var transaction = new NftTransaction();
        NftTableChanges bridged = transaction.In(BridgedRules.Table);
        NftTableChanges routed = transaction.In(RoutedRules.Table);
        IReadOnlyList<Cidr> unknown = UnknownOf(blocks);
        foreach (Cidr block in unknown)
        {
            routed.AddElements(FirewallSets.Blocks(block.Family), FirewallSets.Range(block));
        }
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            bridged.AddElements(FirewallSets.Ports(address.AddressFamily), (NftElement)FirewallSets.Port(attachment, address));
            routed.AddElements(FirewallSets.Endpoints(address.AddressFamily), (NftElement)NftValue.Address(address));
        }
        foreach (IGrouping<NftSet, NftElement> elements in PublishedPortSets.ElementsOf(attachment).GroupBy(e => e.Set, e => e.Element))
        {
            routed.AddElements(elements.Key, [.. elements]);
        }
        _policy.Queue(transaction, policy ?? PolicyStep.None);
        _socket.Commit(transaction);
        _policy.Committed();
        _blocks.UnionWith(unknown);
    }

    /// <summary>Puts a step of policy in force, by what it changes alone: all of it or nothing.</summary>
    /// <returns>False, and nothing done: it needs <see cref="Reconcile"/>.</returns>
    /// <exception cref="KernelException">Nothing was changed.</exception>
    public bool Change(PolicyStep policy)
    {
        if (policy.ConcernsNode)
        {
            return false;
        }
        var transaction = new NftTransaction();
        _policy.Queue(transaction, policy);
        _socket.Commit(transaction);
        _policy.Committed();
        return true;
    }

    /// <summary>Takes back what <see cref="Permit"/> added; what is gone already is no problem.</summary>
    /// <exception cref="KernelException">Some of it is still there.</exception>
    public void Revoke(AttachmentRecord attachment)
    {
        (NftTable Table, NftSet Set, NftElement Element)[] elements =
        [
            .. attachment.Addresses.Select(a => a.Address).SelectMany(address => ((NftTable, NftSet, NftElement)[])
            [
                (BridgedRules.Table, FirewallSets.Ports(address.AddressFamily), FirewallSets.Port(attachment, address)),
                (RoutedRules.Table, FirewallSets.Endpoints(address.AddressFamily), NftValue.Address(address)),
            ]),
            .. PublishedPortSets.ElementsOf(attachment).Select(e => (RoutedRules.Table, e.Set, e.Element)),
        ];
        if (!TryDelete(elements))
        {
            // One of them is missing, so none was removed: each on its own.
            foreach ((NftTable Table, NftSet Set, NftElement Element) element in elements)
            {
                TryDelete(element);
            }
        }
    }

    /// <summary>What the rules should hold for an attachment and do not.</summary>
    public IEnumerable<string> Missing(AttachmentRecord attachment)
    {
        bool publishes = attachment.Options.Ports.Count > 0;
        NftTableState? bridged = _socket.Read(BridgedRules.Table);
        NftTableState? routed = _socket.Read(RoutedRules.Table, s => s.Name.StartsWith("endpoints", StringComparison.Ordinal) || (publishes && PublishedPortSets.IsOne(s.Name)));
        if (bridged is null || routed is null)
        {
            yield return $"the table {(bridged is null ? BridgedRules.Table : RoutedRules.Table)}";
            yield break;
        }
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            if (!Holds(bridged, FirewallSets.Ports(address.AddressFamily), FirewallSets.Port(attachment, address)))
            {
                yield return $"the element {attachment.HostInterface} . {address} of {BridgedRules.Table}";
            }
            if (!Holds(routed, FirewallSets.Endpoints(address.AddressFamily), NftValue.Address(address)))
            {
                yield return $"the element {address} of {RoutedRules.Table}";
            }
        }
        foreach (string missing in PublishedPortSets.Missing(attachment, routed))
        {
            yield return missing;
        }
    }

    /// <summary>A table that is not there, or null. Cheap: what is in the tables is watched.</summary>
    /// <exception cref="KernelException">nf_tables does not answer.</exception>
    public string? WhatIsLacking()
    {
        foreach (NftTable table in (NftTable[])[BridgedRules.Table, RoutedRules.Table])
        {
            if (_socket.FindTable(table) is null)
            {
                return $"the table {table} is missing";
            }
        }
        return null;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The table as it is to be marked: belonging to this socket, where that is wanted and the kernel can do it.</summary>
    private NftTable Protect(NftTable table) => _mayOwn ? _socket.Protect(table) : table;

    /// <summary>A table as it is, and ours: its rules hold throughout.</summary>
    private NftTableState? Read(NftTable wanted)
    {
        if (_mayOwn)
        {
            // What the weftd before this one left behind: taking it over changes no rule, and is no difference.
            _socket.TakeOwnership(wanted);
        }
        NftTableState? actual = _socket.Read(wanted);
        return actual?.Owner is { } owner && owner != _socket.PortId
            ? throw new KernelException { Operation = $"change table {wanted}, which another process owns (another weftd?)", Errno = Errno.EPERM }
            : actual;
    }

    /// <summary>Deletes all of the elements, or none when one is not there.</summary>
    private bool TryDelete(params ReadOnlySpan<(NftTable Table, NftSet Set, NftElement Element)> elements)
    {
        var transaction = new NftTransaction();
        foreach ((NftTable table, NftSet set, NftElement element) in elements)
        {
            transaction.In(table).DeleteElements(set, element);
        }
        try
        {
            _socket.Commit(transaction);
            return true;
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENOENT)
        {
            return false;
        }
    }

    private static bool Holds(NftTableState state, NftSet set, NftValue key) =>
        state.Sets.FirstOrDefault(s => s.Info.Name == set.Name)?.Elements?.Any(e => e.Key == key) == true;
}
