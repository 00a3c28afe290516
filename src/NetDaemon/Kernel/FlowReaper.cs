using System.Net;
using System.Threading.Channels;
using Weft.Dataplane;
using Weft.Dataplane.Conntrack;
using Weft.Dataplane.Namespaces;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Deletes the tracked flows of addresses that containers have given back, behind DEL: whoever gets such an address after its
/// rest must not inherit flows that the rules take for established.
/// </summary>
internal sealed class FlowReaper : IAsyncDisposable
{
    private readonly Channel<IPAddress> _released = Channel.CreateUnbounded<IPAddress>(new() { SingleReader = true });
    private readonly ConntrackSocket _socket;
    private readonly ILogger _logger;
    private readonly Task _loop;

    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    public FlowReaper(ILogger logger, NetworkNamespace? within = null)
    {
        _logger = logger;
        _socket = ConntrackSocket.Open(within);
        _loop = RunAsync();
    }

    /// <summary>Deletes the flows of an address, soon. Its traffic has ended already.</summary>
    public void Forget(IPAddress address) => _released.Writer.TryWrite(address);

    /// <summary>Finishes what was asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        _released.Writer.Complete();
        await _loop;
        _socket.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (IPAddress address in _released.Reader.ReadAllAsync())
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
    }
}
