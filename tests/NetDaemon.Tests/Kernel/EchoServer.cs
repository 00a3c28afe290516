using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Answers each connection or datagram with "NAME PEER". Made inside a namespace, where its socket stays.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly string _name;
    private readonly Socket _socket;

    public EchoServer(string name, byte protocol, IPEndPoint local)
    {
        _name = name;
        bool tcp = protocol == PublishingNode.Tcp;
        _socket = new Socket(local.AddressFamily, tcp ? SocketType.Stream : SocketType.Dgram, tcp ? ProtocolType.Tcp : ProtocolType.Udp);
        if (local.AddressFamily == AddressFamily.InterNetworkV6)
        {
            _socket.DualMode = true;
        }
        _socket.Bind(local);
        if (tcp)
        {
            _socket.Listen();
        }
        Loop = tcp ? AcceptAsync() : ReceiveAsync();
    }

    /// <summary>Ends when the server is disposed of.</summary>
    public Task Loop { get; }

    /// <summary>Datagrams that came.</summary>
    public int Received { get; private set; }

    public void Dispose() => _socket.Dispose();

    private byte[] Answer(EndPoint? peer)
    {
        IPAddress address = ((IPEndPoint)peer!).Address;
        return Encoding.UTF8.GetBytes($"{_name} {(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes()))}");
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using Socket client = await _socket.AcceptAsync();
                await client.SendAsync(Answer(client.RemoteEndPoint));
                client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;     // disposed of
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[64];
        try
        {
            while (true)
            {
                var any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, any);
                Received++;
                await _socket.SendToAsync(Answer(received.RemoteEndPoint), received.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;     // disposed of
        }
    }
}
