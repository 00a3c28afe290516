using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <summary>
/// Reads and changes links, addresses, routes, neighbours and rules of one network namespace. Calls block for as long as the kernel
/// works: microseconds, and up to 30 ms where a veth is deleted. Not thread-safe.
/// </summary>
public sealed partial class RouteSocket : IDisposable
{
    private const int ReceiveBuffer = 1024 * 1024;      // holds the refusals of a whole send

    private readonly NetlinkSocket _socket;
    private readonly NetlinkBatch _request = new(256);

    private RouteSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>The socket's netlink port: events that our own changes cause carry it.</summary>
    public uint PortId => _socket.PortId;

    /// <summary>Opens a socket in the calling thread's network namespace, or in another; it stays there.</summary>
    /// <exception cref="KernelException">The kernel refused the socket or the namespace.</exception>
    public static RouteSocket Open(NetworkNamespace? within = null)
    {
        NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Route, within);
        socket.TrySetReceiveBuffer(ReceiveBuffer);
        return new RouteSocket(socket);
    }

    /// <summary>Carries out all operations of the batch; the ones after a refused one too.</summary>
    /// <exception cref="NetlinkException">The first that was refused; <see cref="KernelException.Operation"/> is its text and
    /// <see cref="NetlinkException.MessageIndex"/> its place in the batch.</exception>
    public void Execute(RouteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _socket.Execute(batch.Messages);
    }

    /// <summary>Carries out the batch and adds the answers of its <see cref="RouteBatch.GetLink"/> to <paramref name="links"/>.</summary>
    /// <exception cref="NetlinkException">The first operation that was refused.</exception>
    public void Execute(RouteBatch batch, List<LinkInfo> links)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(links);
        _socket.Execute(
            batch.Messages,
            (in NetlinkMessage message) =>
            {
                if (LinkDecoder.Decode(message) is { } link)
                {
                    links.Add(link);
                }
            });
    }

    /// <summary>Carries out all operations of the batch and returns those that were refused, in order; empty when none was.</summary>
    public IReadOnlyList<NetlinkException> TryExecute(RouteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _socket.TryExecute(batch.Messages);
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();

    private NetlinkWriter BeginDump(ushort type)
    {
        _request.Clear();
        return _request.Begin(type, NetlinkMessageFlags.Dump, 256);
    }
}
