using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Operations;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// Talks to nf_tables in one network namespace. Tables with the owner flag belong to this socket: keep it open for as long as they
/// are to be protected. Calls block for as long as the kernel works. Not thread-safe.
/// </summary>
public sealed partial class NftSocket : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly NetlinkBatch _batch = new();
    private readonly NftBatchEncoder _encoder;

    private NftSocket(NetlinkSocket socket)
    {
        _socket = socket;
        _encoder = new NftBatchEncoder(_batch);
    }

    /// <summary>The socket's netlink port: who owns its tables, and who its changes are by.</summary>
    public uint PortId => _socket.PortId;

    /// <summary>Opens a socket, in the calling thread's network namespace or another.</summary>
    /// <exception cref="KernelException">The kernel refused the socket or the namespace.</exception>
    public static NftSocket Open(NetworkNamespace? within = null) => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter, within));

    /// <summary>Carries out a transaction: all of it or nothing. An empty one does nothing.</summary>
    /// <exception cref="ArgumentException">An operation that cannot be right was queued; nothing was sent.</exception>
    /// <exception cref="NetlinkException">The kernel refused: Operation is the first refused operation, and MessageIndex its place in
    /// <see cref="NftTransaction.Operations"/>, or -1 when the batch as a whole was refused.</exception>
    public void Commit(NftTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction.Failure is { } failure)
        {
            throw new ArgumentException($"the nf_tables transaction cannot be right: {failure.Message}", nameof(transaction), failure);
        }
        if (transaction.IsEmpty)
        {
            return;
        }
        _encoder.Encode(transaction.Operations);
        try
        {
            _socket.Execute(_batch, _encoder.LastMessage, onReply: null);
        }
        catch (NetlinkException e)
        {
            int index = _encoder.OperationOf(e.MessageIndex);
            throw new NetlinkException
            {
                Operation = index < 0 ? $"commit {transaction.Operations.Count} nf_tables operations" : transaction.Operations[index].Title,
                Errno = e.Errno,
                KernelMessage = e.KernelMessage,
                Offset = e.Offset,
                MessageIndex = index,
            };
        }
    }

    /// <summary>Closes the socket. Tables that it owns vanish, unless they persist: then they stay, for anyone to adopt.</summary>
    public void Dispose() => _socket.Dispose();
}
