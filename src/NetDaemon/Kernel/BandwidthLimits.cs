using System.Net;
using System.Net.Sockets;
using Weft.Dataplane;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Keeps containers to their bandwidth, out of their own reach.
/// <code>
///  to the container:    bridge --> [tbf] host end --> eth0
///  from the container:  eth0 --> host end, clsact --> weft-shape [htb: a class per container] --> host end --> bridge as ever
/// </code>
/// One ifb serves the node, and only packets with the container's own source come to it: what is forged meets the bridge's rules
/// unshaped and ends there. The redirect is on the port and not on the bridge, because a packet that br_netfilter has shown to conntrack
/// would lose its connection on the way.
/// </summary>
internal sealed partial class BandwidthLimits(RouteSocket socket)
{
    /// <summary>Name of the node's ifb. There is one only while somebody's egress is limited.</summary>
    public const string Shaper = "weft-shape";

    private const string ShaperAlias = "weft bandwidth limits";

    // What the shaper holds, as of the last look and our changes since.
    private readonly ShaperNumbers _numbers = new();
    private volatile int _shaper;
    private bool _hasShaperBase;

    /// <summary>Whether a link is the ifb that this class makes.</summary>
    public static bool IsShaper(LinkInfo link) =>
        link.Name == Shaper && link.Kind == "ifb" && link.Alias?.StartsWith("weft ", StringComparison.Ordinal) == true;

    /// <summary>Whether egress limits depend on the shaper now. Needs no lock.</summary>
    public bool NeedsShaper => _shaper != 0;

    /// <summary>Interface index of the shaper; 0: none is needed. Needs no lock.</summary>
    public int ShaperIndex => _shaper;

    /// <summary>Puts an attachment's limits in force. Its host end exists.</summary>
    /// <exception cref="KernelException">The kernel refused; nothing is left of them.</exception>
    public void Apply(AttachmentRecord attachment)
    {
        if (LinkLimits.Of(attachment.Options.Bandwidth, attachment.Mtu) is not { } limits)
        {
            return;
        }
        try
        {
            Set(attachment, limits);
        }
        catch (NetlinkException) when (limits.Egress is not null)
        {
            // Somebody may have changed the shaper since the last look: another look, and once more.
            Clear(attachment, limits);
            Load();
            SetOrUndo(attachment, limits);
        }
        catch (NetlinkException)
        {
            Clear(attachment, limits);
            throw;
        }
    }

    /// <summary>
    /// Takes an attachment's limits back, but for those that go with its host end: deleting these by themselves would wait for the kernel's
    /// RCU. Nothing there is no problem. The shaper itself goes with the next look, if nobody needs it.
    /// </summary>
    /// <returns>What could not be removed, one sentence each.</returns>
    public IReadOnlyList<string> Withdraw(AttachmentRecord attachment)
    {
        var batch = new RouteBatch();
        if (_shaper != 0)
        {
            Forget(batch, attachment);
        }
        return Send(batch);
    }

    /// <summary>What is missing of an attachment's limits, one sentence each.</summary>
    public IEnumerable<string> Inspect(AttachmentRecord attachment)
    {
        if (LinkLimits.Of(attachment.Options.Bandwidth, attachment.Mtu) is not { } limits || socket.LinkByName(attachment.HostInterface) is not { } port)
        {
            yield break;
        }
        var view = ShapingView.Read(socket);
        if (limits.Ingress is { } ingress && !view.HasTokenBucket(port.Index, ingress))
        {
            yield return $"the limit {ingress.Limit} towards the container is missing on {port.Name}";
        }
        if (limits.Egress is { } egress)
        {
            if (view.Shaper is { IsUp: false })
            {
                yield return $"{Shaper}, which {port.Name}'s traffic passes, is down";
            }
            if (!view.Redirects(socket, port.Index, attachment))
            {
                yield return $"the redirect of {port.Name} to {Shaper} is missing";
            }
            if (view.MinorOf(attachment) is not { } minor || !view.HasClass(minor, egress))
            {
                yield return $"the limit {egress.Limit} from the container is missing on {Shaper}";
            }
        }
    }

    private void SetOrUndo(AttachmentRecord attachment, LinkLimits limits)
    {
        try
        {
            Set(attachment, limits);
        }
        catch (NetlinkException)
        {
            Clear(attachment, limits);
            throw;
        }
    }

    private void Clear(AttachmentRecord attachment, LinkLimits limits)
    {
        Withdraw(attachment);
        if (socket.LinkByName(attachment.HostInterface) is not { } port)
        {
            return;
        }
        var batch = new RouteBatch();
        if (limits.Ingress is not null)
        {
            batch.DeleteRootQdisc(port.Index);
        }
        if (limits.Egress is not null)
        {
            batch.DeleteRedirects(port.Index, AddressFamily.InterNetwork).DeleteRedirects(port.Index, AddressFamily.InterNetworkV6);
        }
        Send(batch);
    }

    private void Set(AttachmentRecord attachment, LinkLimits limits)
    {
        LinkInfo port = socket.LinkByName(attachment.HostInterface)
            ?? throw new NetlinkException { Operation = $"limit {attachment.HostInterface}", Errno = Errno.ENODEV };
        var batch = new RouteBatch();
        if (limits.Ingress is { } ingress)
        {
            batch.AddTokenBucket(port.Index, ingress.Limit, ingress.QueueBytes);
        }
        if (limits.Egress is { } egress)
        {
            EnsureShaper();
            AddShaped(batch, attachment, egress);
            batch.AddClassifier(port.Index);
            AddRedirects(batch, port.Index, attachment);
        }
        socket.Execute(batch);
    }

    private void AddShaped(RouteBatch batch, AttachmentRecord attachment, DirectionLimit egress)
    {
        ushort minor = _numbers.TakeMinor() ?? throw Full();
        batch.AddClass(_shaper, minor, egress.Limit, egress.QueueBytes);
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            batch.AddClassFilter(_shaper, address, minor, _numbers.TakeFilter(address, minor) ?? throw Full());
        }
    }

    private void AddRedirects(RouteBatch batch, int port, AttachmentRecord attachment)
    {
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            batch.AddRedirect(port, address, _shaper);
        }
    }

    /// <summary>Filters first: a class that they lead to cannot go.</summary>
    private void Forget(RouteBatch batch, AttachmentRecord attachment)
    {
        var minors = new HashSet<ushort>();
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            if (_numbers.Forget(address, out uint handle, out ushort minor))
            {
                batch.DeleteClassFilter(_shaper, address.AddressFamily, handle);
                minors.Add(minor);
            }
        }
        foreach (ushort minor in minors.Where(_numbers.ForgetUnused))
        {
            batch.DeleteClass(_shaper, minor);
        }
    }

    /// <exception cref="NetlinkException">It could not be made.</exception>
    private void EnsureShaper()
    {
        if (_shaper == 0)
        {
            var made = new List<LinkInfo>();
            socket.Execute(new RouteBatch().CreateIfb(new() { Name = Shaper, Alias = ShaperAlias }).GetLink(Shaper), made);
            _shaper = made[0].Index;
            _hasShaperBase = false;
        }
        if (!_hasShaperBase)
        {
            _numbers.Clear();
            socket.Execute(new RouteBatch().AddHierarchy(_shaper).AddFilterTables(_shaper));
            _hasShaperBase = true;
        }
    }

    private static List<string> Problems(IReadOnlyList<NetlinkException> failures) =>
    [
        // Gone already, or never there.
        .. failures.Where(f => f.Errno is not (Errno.ENODEV or Errno.ENOENT or Errno.EINVAL or Errno.ESRCH)).Select(f => f.Message),
    ];

    private List<string> Send(RouteBatch batch) => batch.Count == 0 ? [] : Problems(socket.TryExecute(batch));

    private static NetlinkException Full() => new() { Operation = $"limit bandwidth: {Shaper} has no number left", Errno = Errno.ENOSPC };
}
