using System.Buffers.Binary;
using System.Net.Sockets;
using Weft.SystemTests.Lab;

namespace Weft.SystemTests.Packets;

/// <summary>A packet socket on a link in some namespace: sends whole Ethernet frames, and keeps those that arrive.</summary>
internal sealed class Tap : IDisposable
{
    private const int LargestFrame = 65536;

    private readonly Socket _socket;
    private readonly LinkEndPoint _link;
    private readonly List<byte[]> _seen = [];

    private Tap(Socket socket, LinkEndPoint link, string name)
    {
        _socket = socket;
        _link = link;
        Name = name;
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    public static async Task<Tap> OpenAsync(Space space, string link, string name)
    {
        int index = (await space.IpAsync($"link show dev {link}"))[0].GetProperty("ifindex").GetInt32();
        var protocol = (ProtocolType)BinaryPrimitives.ReverseEndianness(LinkEndPoint.AllProtocols);
        // A socket stays in the namespace that it was made in.
        Socket socket = space.Open(() => new Socket(AddressFamily.Packet, SocketType.Raw, protocol));
        socket.ReceiveBufferSize = 1 << 20;
        var endPoint = new LinkEndPoint(index);
        socket.Bind(endPoint);
        return new Tap(socket, endPoint, name);
    }

    public void Send(byte[] frame) => Assert.Equal(frame.Length, _socket.SendTo(frame, _link));

    /// <summary>Whether a frame that holds these bytes has gone by, in any direction.</summary>
    public bool HasSeen(byte[] marker)
    {
        byte[] buffer = new byte[LargestFrame];
        while (_socket.Poll(0, SelectMode.SelectRead))
        {
            int length = _socket.Receive(buffer);
            _seen.Add(buffer[..length]);
        }
        return _seen.Any(f => f.AsSpan().IndexOf(marker) >= 0);
    }

    public void Dispose() => _socket.Dispose();
}
