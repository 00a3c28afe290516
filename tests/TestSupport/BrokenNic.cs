using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.TestSupport;

/// <summary>
/// A network card that promises more than it does: between a node's uplink and its switch, it finishes checksums of the outer UDP header, and lets those within a tunnel leave
/// unfinished. Between namespaces checksums are never finished at all, for a packet carries along that its checksum is pending; here that is taken away, as a wire takes it away.
/// </summary>
public sealed class BrokenNic : IDisposable
{
    private const int PacketLevel = 263;         // SOL_PACKET
    private const int VirtioHeaders = 15;        // PACKET_VNET_HDR
    private const int IgnoreOutgoing = 23;       // PACKET_IGNORE_OUTGOING
    private const int Header = 10;               // struct virtio_net_hdr
    private const byte NeedsChecksum = 1;        // VIRTIO_NET_HDR_F_NEEDS_CSUM
    private const int Udp = 17;

    private readonly Socket _node;
    private readonly Socket _wire;
    private readonly Task[] _loops;
    private int _damaged;

    /// <param name="space">Where the switch is.</param>
    /// <param name="port">The switch's port with the node behind it; it leaves the bridge.</param>
    /// <param name="bridge">The bridge, to which the card is connected instead.</param>
    public BrokenNic(TestNamespace space, string port, string bridge) : this(space.Namespace, port, bridge)
    {
    }

    /// <inheritdoc cref="BrokenNic(TestNamespace, string, string)"/>
    public BrokenNic(NetworkNamespace space, string port, string bridge)
    {
        foreach (string command in (string[])
            [
                $"ip link set {port} nomaster",
                "ip link add nic type veth peer name nicwire",
                $"ip link set nicwire addrgenmode none master {bridge} up",
                "ip link set nic addrgenmode none up",
                // Frames come one by one, as from a wire.
                $"ethtool -K {port} gro off",
                "ethtool -K nic gro off",
            ])
        {
            Programs.Run("nsenter", [$"--net={space.Path}", "--", .. command.Split(' ')]).Ok();
        }
        _node = Open(space, port);
        _wire = Open(space, "nic");
        _loops = [Loop(_node, _wire, damages: true), Loop(_wire, _node, damages: false)];
    }

    /// <summary>Packets that left with an unfinished checksum.</summary>
    public int Damaged => Volatile.Read(ref _damaged);

    public void Dispose()
    {
        _node.Dispose();
        _wire.Dispose();
        Task.WaitAll(_loops);
    }

    private static Socket Open(NetworkNamespace space, string link)
    {
        using RouteSocket links = RouteSocket.Open(space);
        Socket socket = Open(space);
        socket.Bind(new EveryFrame(links.LinkByName(link)!.Index));
        return socket;
    }

    private static Socket Open(NetworkNamespace space) => space.Open(() =>
    {
        var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified) { ReceiveBufferSize = 1 << 22 };
        Span<byte> on = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(on, 1);
        socket.SetRawSocketOption(PacketLevel, VirtioHeaders, on);
        socket.SetRawSocketOption(PacketLevel, IgnoreOutgoing, on);
        return socket;
    });

    private Task Loop(Socket from, Socket to, bool damages) => Task.Run(async () =>
    {
        byte[] buffer = new byte[Header + (1 << 17)];
        while (true)
        {
            try
            {
                int got = await from.ReceiveAsync(buffer);
                if (damages)
                {
                    Leave(buffer.AsSpan(0, got));
                }
                await to.SendAsync(buffer.AsMemory(0, got));
            }
            catch (SocketException e) when (e.SocketErrorCode != SocketError.OperationAborted && from.SafeHandle is { IsClosed: false })
            {
                // Larger than a wire takes: lost.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    });

    /// <summary>What is pending for a checksum behind the outer UDP header stays undone.</summary>
    private void Leave(Span<byte> message)
    {
        Span<byte> frame = message[Header..];
        bool is4 = frame.Length > 40 && frame[12] == 0x08 && frame[13] == 0x00;
        bool is6 = frame.Length > 60 && frame[12] == 0x86 && frame[13] == 0xdd;
        int outer = is4 ? 14 + 20 : 14 + 40;
        if ((message[0] & NeedsChecksum) != 0 && ((is4 && frame[23] == Udp) || (is6 && frame[20] == Udp)) && BinaryPrimitives.ReadUInt16LittleEndian(message[6..]) > outer)
        {
            message[..Header].Clear();
            Interlocked.Increment(ref _damaged);
        }
    }

    private sealed class EveryFrame(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[2..], 3);      // ETH_P_ALL
            MemoryMarshal.Write(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
