using System.Diagnostics;
using Weft.CniPlugin.Errors;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;

namespace Weft.CniPlugin.Wiring;

/// <summary>
/// Makes one container's interface, in four sends: pair and port; then what the bridge knows of the container; then, inside, the
/// interface; and its default routes.
/// <code>
///   node:      weft1 (bridge) --- wft... (isolated port)
///                                   |  veth
///   container:                    eth0   10.83.0.5/32, default via 169.254.1.1 at the bridge's MAC
/// </code>
/// </summary>
internal sealed class ContainerWiring : IDisposable
{
    private static readonly TimeSpan LongestCarrierWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CarrierSpin = TimeSpan.FromMilliseconds(1);

    private readonly NetworkNamespace _container;
    private readonly string _interfaceName;
    private readonly string _netns;
    private readonly RouteSocket _inside;
    private readonly RouteSocket _node;
    private NodeBatches? _made;
    private int _hostIndex;

    private ContainerWiring(NetworkNamespace container, string interfaceName, string netns, RouteSocket inside, RouteSocket node)
    {
        _container = container;
        _interfaceName = interfaceName;
        _netns = netns;
        _inside = inside;
        _node = node;
    }

    /// <summary>
    /// Opens what wiring needs. Changes nothing. Whether the interface's name is free in the container shows when the pair is made, and
    /// not before weftd has granted the attachment: it may still be deleting the interface of a DEL just before.
    /// </summary>
    /// <param name="container">The container's namespace.</param>
    /// <param name="interfaceName">CNI_IFNAME.</param>
    /// <param name="netns">CNI_NETNS, for messages.</param>
    public static ContainerWiring Prepare(NetworkNamespace container, string interfaceName, string netns) =>
        new(container, interfaceName, netns, RouteSocket.Open(container), RouteSocket.Open());

    /// <summary>Wires the container. If it throws, <see cref="Undo"/> removes what was made until then.</summary>
    /// <returns>The routes that the container now has by the interface.</returns>
    /// <exception cref="KernelException">The kernel refused an operation, which the message names.</exception>
    /// <exception cref="CniException">Code 106: the container has an interface of that name already.</exception>
    public IReadOnlyList<RouteSpec> Apply(WiringPlan plan)
    {
        var node = new NodeBatches(plan);
        int containerIndex = CreatePair(node);
        _node.Execute(node.Announce(_hostIndex));
        List<RouteSpec> routes = ConfigureInside(new ContainerBatches(plan, containerIndex));
        WaitForCarrier(_hostIndex);
        WaitForCarrier(plan.BridgeIndex);      // the first port of a bridge brings it up
        return routes;
    }

    /// <summary>
    /// The bridge forwards for a port once the kernel's link watch, on a thread of its own, has seen that both ends are up: usually before
    /// we look. A container that sends earlier loses its first packet.
    /// </summary>
    private void WaitForCarrier(int linkIndex)
    {
        long start = Stopwatch.GetTimestamp();
        for (int look = 0; _node.LinkByIndex(linkIndex) is { OperationalState: not OperationalState.Up }; look++)
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            if (waited > LongestCarrierWait)
            {
                return;     // wired all the same; the carrier will come
            }
            Thread.Sleep(waited > CarrierSpin ? 1 : 0);
        }
    }

    /// <summary>Removes what <see cref="Apply"/> made. Nothing happens when it made nothing.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public void Undo()
    {
        if (_made is null)
        {
            return;
        }
        foreach (KernelException refused in _node.TryExecute(_made.Remove(_hostIndex)))
        {
            // Not there: it was not made yet, or went with the link.
            if (refused.Errno is not (Errno.ENODEV or Errno.ENOENT or Errno.ESRCH))
            {
                throw refused;
            }
        }
        _made = null;
    }

    public void Dispose()
    {
        _inside.Dispose();
        _node.Dispose();
    }

    /// <returns>The interface's index in the container.</returns>
    private int CreatePair(NodeBatches node)
    {
        // weftd has just granted this name, so a link that still has it is left over from an attachment that is gone.
        bool mayBeLeftOver = true;
        while (true)
        {
            List<LinkInfo> links = [];
            NetlinkRefusal? refusal = TryCreate(node, links);
            if (refusal is null)
            {
                return links[0].PeerIndex;
            }
            if (refusal.Value.Created)
            {
                throw refusal.Value.Cause;
            }
            if (refusal.Value.Cause.Errno == Errno.EEXIST && _inside.LinkByName(_interfaceName) is not null)
            {
                throw Exists(_interfaceName, _netns);
            }
            if (refusal.Value.Cause.Errno != Errno.EEXIST || !mayBeLeftOver)
            {
                throw refusal.Value.Cause;
            }
            HostLink.DeleteIfPresent(node.HostInterface);
            mayBeLeftOver = false;
        }
    }

    private NetlinkRefusal? TryCreate(NodeBatches node, List<LinkInfo> links)
    {
        try
        {
            _node.Execute(node.Create(_container), links);
        }
        catch (NetlinkException e)
        {
            bool created = e.MessageIndex > 0;      // the first message creates both ends
            _made = created ? node : null;
            return new NetlinkRefusal(e, created);
        }
        _made = node;
        _hostIndex = links[0].Index;
        return null;
    }

    private List<RouteSpec> ConfigureInside(ContainerBatches batches)
    {
        IReadOnlyList<KernelException> refused = Refused(batches.Configure());
        if (refused.Any(static e => e.Errno == Errno.EACCES))
        {
            // ipv6_add_addr refuses with EACCES while net.ipv6.conf.*.disable_ipv6 is set, which some runtimes do in each new namespace.
            EnableIPv6();
            refused = Refused(batches.Configure());
        }
        if (refused.Count > 0)
        {
            throw refused[0];
        }
        return AddRoutes(batches);
    }

    private List<RouteSpec> AddRoutes(ContainerBatches batches)
    {
        List<RouteSpec> routes = batches.Routes();
        List<RouteSpec> taken = [];
        foreach (NetlinkException refused in _inside.TryExecute(ContainerBatches.Add(routes)))
        {
            // A default route cannot be made where the route to its gateway could not.
            if (refused.Errno != Errno.EEXIST && !(refused.Errno is Errno.ENETUNREACH or Errno.EHOSTUNREACH && taken.Count > 0))
            {
                throw refused;
            }
            taken.Add(routes[refused.MessageIndex]);
        }
        if (taken.Count > 0)
        {
            // The container has an earlier interface, which is left as it is.
            List<RouteSpec> beside = batches.RoutesBeside(taken);
            _inside.Execute(ContainerBatches.Add(beside));
            routes.RemoveAll(taken.Contains);
            routes.AddRange(beside);
        }
        return routes;
    }

    private IReadOnlyList<KernelException> Refused(RouteBatch batch)
    {
        IReadOnlyList<NetlinkException> all = _inside.TryExecute(batch);
        // Switching link-local addresses off fails where the kernel has no IPv6; where that matters, adding an address fails too.
        return all.Count == 0
            ? all
            : [.. all.Where(static e => e.Errno != Errno.EAFNOSUPPORT || e.MessageIndex != ContainerBatches.AddressGenerationPosition)];
    }

    private void EnableIPv6()
    {
        try
        {
            Sysctl.Write(["net", "ipv6", "conf", _interfaceName, "disable_ipv6"], "0", _container);
        }
        catch (KernelException e) when (e.Errno == Errno.ENOENT)
        {
            return;     // a kernel without IPv6: there is nothing to set
        }
    }

    private static CniException Exists(string interfaceName, string netns) => new(
        CniErrorCode.InterfaceExists, $"the container {netns} already has an interface {interfaceName}", "DEL it first, or use another CNI_IFNAME");

    private readonly record struct NetlinkRefusal(KernelException Cause, bool Created);
}
