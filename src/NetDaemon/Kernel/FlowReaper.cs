using System.Net;
using System.Threading.Channels;
using Weft.Dataplane;
using Weft.Dataplane.Conntrack;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Deletes tracked flows that contradict the rules, behind ADD and DEL and in their order. Of addresses that containers have given
/// back: whoever gets such an address after its rest must not inherit flows that the rules take for established. Of ports that have
/// been published: a UDP sender that never pauses would go on to where its first packet went, which was the node itself.
/// </summary>
internal sealed class FlowReaper : IAsyncDisposable
{
    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly ConntrackSocket _socket;
    private readonly RouteSocket _routes;
    private readonly ILogger _logger;
    private readonly Task _loop;

    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    public FlowReaper(ILogger logger, NetworkNamespace? within = null)
    {
        _logger = logger;
        _socket = ConntrackSocket.Open(within);
        _routes = RouteSocket.Open(within);
        _loop = RunAsync();
    }

    /// <summary>Deletes the flows of an address, soon. Its traffic has ended already.</summary>
    public void Forget(IPAddress address) => _work.Writer.TryWrite(() => Delete(address));

    /// <summary>Deletes the flows to ports that lead to containers from now on and did not before, soon.</summary>
    public void Forget(IReadOnlyList<PublishedPort> ports)
    {
        if (ports.Count > 0)
        {
            _work.Writer.TryWrite(() => Delete(ports));
        }
    }

    /// <summary>Finishes what was asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.Complete();
        await _loop;
        _socket.Dispose();
        _routes.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (Action work in _work.Reader.ReadAllAsync())
        {
            work();
        }
    }

    private void Delete(IPAddress address)
    {
        try
        {
            _socket.DeleteByAddress(address);
        }
        catch (KernelException e)
        {
            KernelLog.FlowsKept(_logger, address, e.Message);
        }
    }

    private void Delete(IReadOnlyList<PublishedPort> ports)
    {
        try
        {
            HashSet<IPAddress> local = [.. _routes.Addresses().Select(a => a.Address.Address)];
            PublishedPortFlows.Delete(_socket, ports, address => local.Contains(address) || IPAddress.IsLoopback(address));
        }
        catch (KernelException e)
        {
            KernelLog.PortFlowsKept(_logger, e.Message);
        }
    }
}
