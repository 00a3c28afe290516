using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Packets;

/// <summary>
/// Whole Ethernet frames of one EtherType on one link (packet(7)): no rule of netfilter and no listening program comes between, and packets of other types
/// cost nothing. Sending goes the way of any packet that leaves by the link. One reader and one writer at a time.
/// </summary>
public sealed class FrameSocket : IDisposable
{
    /// <summary>Bytes of an Ethernet header: destination, source, EtherType.</summary>
    public const int EthernetHeader = 14;

    private const int PacketLevel = 263;         // SOL_PACKET
    private const int VirtioHeaders = 15;        // PACKET_VNET_HDR
    private const int IgnoreOutgoing = 23;       // PACKET_IGNORE_OUTGOING (Linux 4.20)
    private const int HeaderSize = 10;           // struct virtio_net_hdr
    private const byte NeedsChecksum = 1;        // VIRTIO_NET_HDR_F_NEEDS_CSUM
    private const byte ValidChecksum = 2;        // VIRTIO_NET_HDR_F_DATA_VALID

    private readonly Socket _socket;

    private FrameSocket(Socket socket, int linkIndex) => (_socket, LinkIndex) = (socket, linkIndex);

    /// <summary>The link that it was opened on; a link that is made anew has another.</summary>
    public int LinkIndex { get; }

    /// <summary>Opens it.</summary>
    /// <param name="linkIndex">Interface index, above 0.</param>
    /// <param name="etherType">Of frames to receive.</param>
    /// <param name="within">The link's namespace; null: the process's own.</param>
    /// <param name="filter">What else a frame must be to be received; null: nothing.</param>
    /// <exception cref="SocketException">Not permitted, or there is no such link.</exception>
    /// <exception cref="KernelException">The kernel refuses the filter.</exception>
    public static FrameSocket Open(int linkIndex, ushort etherType, NetworkNamespace? within = null, FrameFilter? filter = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(linkIndex);
        // Without a protocol it receives nothing before it is bound; with one it would hear all links until then.
        Socket socket = within is null ? Make() : within.Open(Make);
        try
        {
            Span<byte> on = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(on, 1);
            socket.SetRawSocketOption(PacketLevel, VirtioHeaders, on);
            socket.SetRawSocketOption(PacketLevel, IgnoreOutgoing, on);
            if (filter is not null)
            {
                Syscalls.AttachFilter(socket.SafeHandle, filter.Instructions);
            }
            socket.Bind(new LinkEndPoint(linkIndex, etherType));
            return new FrameSocket(socket, linkIndex);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        static Socket Make() => new(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
    }

    /// <summary>Sends a frame.</summary>
    /// <param name="frame">From the destination's MAC on.</param>
    /// <param name="checksumStart">
    /// Where the bytes begin whose checksum is left to the device; what stands at <paramref name="checksumField"/> is then the sum of the pseudo-header. 0: the frame is complete.
    /// </param>
    /// <param name="checksumField">Where the checksum goes, from the beginning of the frame.</param>
    /// <exception cref="SocketException">The frame is too long (EMSGSIZE), or the link is down or gone.</exception>
    public void Send(ReadOnlySpan<byte> frame, int checksumStart = 0, int checksumField = 0)
    {
        byte[] message = new byte[HeaderSize + frame.Length];
        if (checksumStart > 0)
        {
            // struct virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset; host byte order
            message[0] = NeedsChecksum;
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), (ushort)checksumStart);
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(8), (ushort)(checksumField - checksumStart));
        }
        frame.CopyTo(message.AsSpan(HeaderSize));
        // The kernel takes the EtherType from the address, not from the frame.
        _socket.SendTo(message, new LinkEndPoint(LinkIndex, BinaryPrimitives.ReadUInt16BigEndian(frame[12..])));
    }

    /// <summary>Waits for a frame.</summary>
    /// <param name="buffer">Where it goes. What does not fit is cut off, so the buffer is to be larger than any frame of interest.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The frame, within the buffer; empty when it was none. And what the kernel says of its checksum.</returns>
    /// <exception cref="SocketException">The link is gone or went down.</exception>
    public async ValueTask<(ReadOnlyMemory<byte> Frame, ChecksumState Checksum)> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int got = await _socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (got < HeaderSize + EthernetHeader)
        {
            return (default, ChecksumState.Unknown);
        }
        byte flags = buffer.Span[0];
        ChecksumState state = (flags & NeedsChecksum) != 0 ? ChecksumState.LeftToDevice
            : (flags & ValidChecksum) != 0 ? ChecksumState.Good
            : ChecksumState.Unknown;
        return (buffer[HeaderSize..got], state);
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();
}
