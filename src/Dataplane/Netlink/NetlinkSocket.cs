using System.Runtime.ExceptionServices;
using Tmds.Linux;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Netlink;

/// <summary>Looks at one message while it lies in the receive buffer.</summary>
public delegate void NetlinkMessageHandler(in NetlinkMessage message);

/// <summary>
/// A netlink socket with the exchanges that Weft needs: a batch with acknowledgements, a dump, and notifications. It stays in the
/// network namespace it was opened in. Calls block for as long as the kernel works, microseconds to milliseconds. Not thread-safe.
/// </summary>
public sealed partial class NetlinkSocket : IDisposable
{
    private const int SocketLevel = 270;             // SOL_NETLINK
    private const int AddMembershipOption = 1;       // NETLINK_ADD_MEMBERSHIP
    private const int CapAckOption = 10;             // NETLINK_CAP_ACK: no payload in errors
    private const int ExtendedAckOption = 11;        // NETLINK_EXT_ACK: sentence and offset in errors
    private const int StrictCheckOption = 12;        // NETLINK_GET_STRICT_CHK: dump filters are honoured, garbage is refused

    private const int ReceiveSize = 32 * 1024;       // what the kernel fills at most per datagram of a dump
    private const int DefaultSendLimit = 160 * 1024; // below the usual net.core.wmem_default of 208 KiB

    private const int MessagesPerSend = 256;

    private readonly FileDescriptor _socket;
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(ReceiveSize);
    private uint _sequence;

    private NetlinkSocket(FileDescriptor socket, uint portId)
    {
        _socket = socket;
        PortId = portId;
    }

    /// <summary>The socket's netlink port: notifications of our own requests carry it.</summary>
    public uint PortId { get; }

    /// <summary>Opens and binds a socket, in the calling thread's network namespace or another.</summary>
    /// <exception cref="KernelException">The kernel refused the socket or the namespace.</exception>
    public static NetlinkSocket Open(NetlinkProtocol protocol, NetworkNamespace? within = null) =>
        within is null ? OpenHere(protocol) : within.Open(() => OpenHere(protocol));

    /// <summary>
    /// Sends all messages of the batch, each of which stands for itself, and waits until the last is answered. One system call for up to
    /// 256 of them.
    /// </summary>
    /// <param name="batch">The messages; nothing happens when there is none.</param>
    /// <param name="onReply">Sees what the kernel sends besides acknowledgements (answers to GET, NLM_F_ECHO), or null.</param>
    /// <exception cref="NetlinkException">The first message that was refused. The kernel has carried out the others, before and
    /// after.</exception>
    public void Execute(NetlinkBatch batch, NetlinkMessageHandler? onReply = null)
    {
        IReadOnlyList<NetlinkException> failures = TryExecute(batch, onReply);
        if (failures.Count > 0)
        {
            throw failures[0];
        }
    }

    /// <summary>As <see cref="Execute(NetlinkBatch, NetlinkMessageHandler?)"/>, but returns all that was refused, in order.</summary>
    public IReadOnlyList<NetlinkException> TryExecute(NetlinkBatch batch, NetlinkMessageHandler? onReply = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        List<NetlinkException>? failures = null;
        // A refusal takes about 1.3 KiB of our receive buffer until we read it, and the kernel answers all before send returns.
        for (int start = 0; start < batch.Count;)
        {
            batch.Slice(start, MessagesPerSend, DefaultSendLimit, out int count);
            // One acknowledgement is enough: errors come for every message, and in order.
            Exchange(batch, start, count, start + count - 1, whole: false, onReply, ref failures);
            start += count;
        }
        return failures ?? (IReadOnlyList<NetlinkException>)[];
    }

    /// <summary>
    /// Sends all messages at once, as one transaction of nf_tables: it is carried out whole or not at all.
    /// </summary>
    /// <param name="batch">The messages, batch begin and end included.</param>
    /// <param name="acknowledged">Index of the message that asks for the acknowledgement.</param>
    /// <param name="onReply">As in the other overload.</param>
    /// <exception cref="NetlinkException">The first message that was refused.</exception>
    internal void Execute(NetlinkBatch batch, int acknowledged, NetlinkMessageHandler? onReply)
    {
        List<NetlinkException>? failures = null;
        Exchange(batch, 0, batch.Count, acknowledged, whole: true, onReply, ref failures);
        if (failures is not null)
        {
            throw failures[0];
        }
    }

    /// <summary>
    /// Sends a dump request and collects what comes back. Starts again when the kernel says that the table changed meanwhile
    /// (NLM_F_DUMP_INTR).
    /// </summary>
    /// <param name="request">One message with NLM_F_DUMP.</param>
    /// <param name="decode">Turns a message into a value, or into null to leave it out.</param>
    /// <exception cref="NetlinkException">The kernel refused the request, or the table changed during each of 32 tries (EINTR).</exception>
    public List<T> Dump<T>(NetlinkBatch request, NetlinkDecoder<T> decode) where T : class
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(decode);
        for (int attempt = 0; attempt < 32; attempt++)
        {
            var found = new List<T>();
            if (TryDump(request, decode, found))
            {
                return found;
            }
        }
        throw new NetlinkException
        {
            Operation = request.OperationOf(0),
            Errno = Errno.EINTR,
            KernelMessage = "the table kept changing while it was read",
        };
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();

    private static NetlinkSocket OpenHere(NetlinkProtocol protocol)
    {
        FileDescriptor socket = Syscalls.Socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, (int)protocol);
        try
        {
            uint port = Syscalls.BindNetlink(socket);
            Syscalls.SetSocketOption(socket, SocketLevel, ExtendedAckOption, 1);
            Syscalls.SetSocketOption(socket, SocketLevel, CapAckOption, 1);
            Syscalls.SetSocketOption(socket, SocketLevel, StrictCheckOption, 1);
            return new NetlinkSocket(socket, port);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Exchange(
        NetlinkBatch batch,
        int start,
        int count,
        int acknowledged,
        bool whole,
        NetlinkMessageHandler? onReply,
        ref List<NetlinkException>? failures)
    {
        uint first = Send(batch, start, count, acknowledged);
        uint last = first + (uint)(acknowledged - start);
        bool overrun = false;
        for (bool finished = false; !finished;)
        {
            ReadOnlySpan<byte> datagram;
            try
            {
                if (overrun && !Syscalls.IsReadable(_socket))
                {
                    break;      // the rest of the answers is lost; all is sent before send returns, so no more will come
                }
                datagram = ReceiveFromKernel();
            }
            catch (KernelException e) when (e.Errno == Errno.ENOBUFS)
            {
                overrun = true;
                continue;
            }
            var messages = new NetlinkMessageReader(datagram);
            while (messages.TryRead(out NetlinkMessage message))
            {
                uint index = message.Sequence - first;
                if (index >= (uint)count)
                {
                    continue;       // a late answer to an exchange that was given up
                }
                if (message.Type != NetlinkMessage.ErrorType)
                {
                    onReply?.Invoke(message);
                    continue;
                }
                bool failed = NetlinkError.TryRead(message, out NetlinkError error);
                if (failed)
                {
                    int position = start + (int)index;
                    (failures ??= []).Add(error.ToException(batch.OperationOf(position), position));
                }
                // nf_tables answers a batch that failed as a whole with the number of its first message.
                finished |= message.Sequence == last || (whole && failed && index == 0);
            }
        }
        if (overrun && failures is null)
        {
            throw new NetlinkException
            {
                Operation = batch.OperationOf(acknowledged),
                Errno = Errno.ENOBUFS,
                KernelMessage = "the answer was lost: whether it was carried out must be read back",
                MessageIndex = acknowledged,
            };
        }
    }

    private bool TryDump<T>(NetlinkBatch request, NetlinkDecoder<T> decode, List<T> found) where T : class
    {
        uint sequence = Send(request, 0, 1, acknowledged: null);
        bool interrupted = false;
        ExceptionDispatchInfo? undecodable = null;
        while (true)
        {
            var messages = new NetlinkMessageReader(ReceiveFromKernel());
            while (messages.TryRead(out NetlinkMessage message))
            {
                if (message.Sequence != sequence)
                {
                    continue;
                }
                interrupted |= message.Flags.HasFlag(NetlinkMessageFlags.DumpInterrupted);
                if (message.Type is NetlinkMessage.ErrorType or NetlinkMessage.DoneType)
                {
                    undecodable?.Throw();
                    // NLMSG_DONE carries an error number too: a dump that failed midway.
                    return NetlinkError.TryRead(message, out NetlinkError error)
                        ? error.Errno == Errno.EINTR ? false : throw error.ToException(request.OperationOf(0), 0)
                        : !interrupted;
                }
                try
                {
                    if (undecodable is null && decode(message) is { } value)
                    {
                        found.Add(value);
                    }
                }
                catch (MalformedNetlinkException e)
                {
                    // The rest must be read all the same: the kernel refuses the next dump (EBUSY) while this one is not at its end.
                    undecodable = ExceptionDispatchInfo.Capture(e);
                }
            }
        }
    }

    /// <summary>Numbers and sends messages of the batch; returns the first one's number.</summary>
    private uint Send(NetlinkBatch batch, int start, int count, int? acknowledged)
    {
        uint first = _sequence + 1;
        _sequence += (uint)count;
        batch.NumberFrom(start, count, first);
        if (acknowledged is { } index)
        {
            batch.AddFlags(index, NetlinkMessageFlags.Ack);
        }
        ReadOnlySpan<byte> bytes = batch.Slice(start, count, int.MaxValue, out int _);
        if (bytes.Length > DefaultSendLimit)
        {
            // SO_SNDBUFFORCE (32): a netlink datagram must fit the send buffer whole.
            Syscalls.SetSocketOption(_socket, LibC.SOL_SOCKET, 32, bytes.Length * 2);
        }
        if (start == 0)
        {
            NetlinkTrace.Sent(batch);
        }
        Syscalls.Send(_socket, bytes);
        return first;
    }

    private ReadOnlySpan<byte> ReceiveFromKernel()
    {
        while (true)
        {
            if (TryReceiveFromKernel(wait: true, out ReadOnlySpan<byte> datagram))
            {
                return datagram;
            }
        }
    }

    /// <summary>
    /// The next datagram. False when there is none and it should not wait, or when the datagram was not from the kernel: other processes
    /// may send to our port.
    /// </summary>
    private bool TryReceiveFromKernel(bool wait, out ReadOnlySpan<byte> datagram)
    {
        datagram = default;
        int length = Syscalls.Receive(_socket, _received, wait, out uint sender);
        if (length < 0 || sender != 0)
        {
            return false;
        }
        if (length > _received.Length)
        {
            throw new MalformedNetlinkException($"the kernel sent {length} bytes at once, more than the {_received.Length} it may");
        }
        datagram = _received.AsSpan(0, length);
        return true;
    }
}

/// <summary>Turns a dumped message into a value, or into null to leave it out.</summary>
public delegate T? NetlinkDecoder<T>(in NetlinkMessage message) where T : class;
