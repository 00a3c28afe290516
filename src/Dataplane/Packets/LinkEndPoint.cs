using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Weft.Dataplane.Packets;

/// <summary>A link as an address of packet sockets: struct sockaddr_ll (linux/if_packet.h).</summary>
internal sealed class LinkEndPoint(int index, ushort etherType) : EndPoint
{
    private const int Size = 20;
    private const int ProtocolOffset = 2;    // network byte order
    private const int IndexOffset = 4;       // host byte order

    public override AddressFamily AddressFamily => AddressFamily.Packet;

    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(AddressFamily.Packet, Size);
        Span<byte> bytes = address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[ProtocolOffset..], etherType);
        MemoryMarshal.Write(bytes[IndexOffset..], index);
        return address;
    }
}
