using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.Dataplane.TrafficControl;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <content>The look at everything: what differs is made anew.</content>
internal sealed partial class BandwidthLimits
{
    /// <summary>Makes limits equal to what committed attachments were promised. Sends nothing when nothing differs.</summary>
    public ReconcileReport Reconcile(IReadOnlyList<AttachmentRecord> attachments)
    {
        var changes = new List<string>();
        var problems = new List<string>();
        List<(AttachmentRecord Attachment, LinkLimits Limits)> wanted =
        [
            .. from attachment in attachments
               where attachment.State == AttachmentState.Committed
               let limits = LinkLimits.Of(attachment.Options.Bandwidth, attachment.Mtu)
               where limits is not null
               select (attachment, limits),
        ];
        ShapingView view = Load();
        if (wanted.All(w => w.Limits.Egress is null))
        {
            RemoveShaper(view, problems);
        }
        else if (!RepairShaper(view, changes, problems))
        {
            return new ReconcileReport(changes.Count, changes, problems);
        }
        if (wanted.Count > 0)
        {
            RepairLimits(view, wanted, changes, problems);
        }
        return new ReconcileReport(changes.Count, changes, problems);
    }

    private ShapingView Load()
    {
        var view = ShapingView.Read(socket);
        _shaper = view.Shaper?.Index ?? 0;
        _hasShaperBase = view.HasBase;
        _numbers.Clear();
        foreach (TrafficClassInfo found in view.Classes)
        {
            _numbers.Know(found.Minor);
        }
        foreach (SourceFilterInfo filter in view.Filters)
        {
            if (filter.Source is { } source)
            {
                _numbers.Know(source, filter.Handle, filter.ClassMinor);
            }
        }
        return view;
    }

    /// <summary>The last one who needed it has gone: that is nobody's damage, so no change to report.</summary>
    private void RemoveShaper(ShapingView view, List<string> problems)
    {
        if (view.Shaper is { } link)
        {
            problems.AddRange(Send(new RouteBatch().DeleteLink(link.Index)));
        }
        _shaper = 0;
        _hasShaperBase = false;
        _numbers.Clear();
    }

    /// <returns>Whether it is usable.</returns>
    private bool RepairShaper(ShapingView view, List<string> changes, List<string> problems)
    {
        if (view.Shaper is { IsUp: false } down)
        {
            Do(new RouteBatch().SetLink(down.Index, new LinkChange { Up = true }), changes, problems);
        }
        if (view.HasBase)
        {
            return true;
        }
        if (view.Shaper is { } link && view.QdiscsOf(link.Index).Any(q => q.IsRoot))
        {
            Do(new RouteBatch().DeleteRootQdisc(link.Index), changes, problems);
        }
        try
        {
            EnsureShaper();
        }
        catch (NetlinkException e)
        {
            problems.Add($"{e.Message}; limits from containers need the kernel's ifb, htb, clsact, u32 and mirred");
            return false;
        }
        changes.Add($"{Shaper} made anew");
        return true;
    }

    private void RepairLimits(ShapingView view, List<(AttachmentRecord Attachment, LinkLimits Limits)> wanted, List<string> changes, List<string> problems)
    {
        var ports = socket.Links(kind: "veth").ToDictionary(l => l.Name, l => l.Index, StringComparer.Ordinal);
        var kept = new HashSet<IPAddress>();
        var removal = new RouteBatch();
        var addition = new RouteBatch();
        var missing = new List<(AttachmentRecord, DirectionLimit)>();
        foreach ((AttachmentRecord attachment, LinkLimits limits) in wanted)
        {
            if (!ports.TryGetValue(attachment.HostInterface, out int port))
            {
                continue;       // its container is gone: DEL or GC will say so
            }
            if (limits.Ingress is { } ingress && !view.HasTokenBucket(port, ingress))
            {
                if (view.QdiscsOf(port).Any(q => q.IsRoot))
                {
                    removal.DeleteRootQdisc(port);
                }
                addition.AddTokenBucket(port, ingress.Limit, ingress.QueueBytes);
            }
            if (limits.Egress is not { } egress)
            {
                continue;
            }
            kept.UnionWith(attachment.Addresses.Select(a => a.Address));
            if (_numbers.IsEmpty || view.MinorOf(attachment) is not { } minor || !view.HasClass(minor, egress))
            {
                Forget(removal, attachment);
                missing.Add((attachment, egress));
            }
            if (!view.Redirects(socket, port, attachment, _shaper))
            {
                if (view.QdiscsOf(port).Any(q => q.Kind == "clsact"))
                {
                    DeleteExistingRedirects(removal, port);
                }
                else
                {
                    addition.AddClassifier(port);
                }
                AddRedirects(addition, port, attachment);
            }
        }
        RemoveStrays(removal, kept);
        Do(removal, changes, problems);
        // After the removals: their numbers are free again.
        foreach ((AttachmentRecord attachment, DirectionLimit egress) in missing)
        {
            AddShaped(addition, attachment, egress);
        }
        Do(addition, changes, problems);
    }

    private void RemoveStrays(RouteBatch batch, HashSet<IPAddress> kept)
    {
        if (_shaper == 0)
        {
            return;
        }
        foreach (IPAddress address in _numbers.All.Addresses.Where(a => !kept.Contains(a)))
        {
            _numbers.Forget(address, out uint handle, out _);
            batch.DeleteClassFilter(_shaper, address.AddressFamily, handle);
        }
        foreach (ushort minor in _numbers.All.UnusedMinors)
        {
            _numbers.ForgetUnused(minor);
            batch.DeleteClass(_shaper, minor);
        }
    }

    private void DeleteExistingRedirects(RouteBatch batch, int port)
    {
        foreach (AddressFamily family in socket.Redirects(port).Select(r => r.Family).Distinct())
        {
            batch.DeleteRedirects(port, family);
        }
    }

    private void Do(RouteBatch batch, List<string> changes, List<string> problems)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            changes.Add(batch.OperationAt(i));
        }
        problems.AddRange(Send(batch));
    }
}
