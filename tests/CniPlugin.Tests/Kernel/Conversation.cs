using System.Net;
using System.Net.Sockets;

namespace Weft.CniPlugin.Tests.Kernel;

/// <summary>Sends a byte over TCP from one network namespace to another and back.</summary>
internal static class Conversation
{
    /// <param name="open">Makes a socket in the server's namespace.</param>
    /// <param name="address">The server's.</param>
    /// <param name="connect">Makes a socket in the client's namespace.</param>
    /// <returns>The client's address, as the server saw it.</returns>
    public static IPAddress Hold(Func<Func<Socket>, Socket> open, IPAddress address, Func<Func<Socket>, Socket> connect)
    {
        Socket Create() => new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { SendTimeout = 3_000, ReceiveTimeout = 3_000 };
        using Socket listener = open(Create);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        using Socket client = connect(Create);
        client.Connect(new IPEndPoint(address, ((IPEndPoint)listener.LocalEndPoint!).Port));
        using Socket server = listener.Accept();
        byte[] received = new byte[1];
        client.Send([7]);
        Assert.Equal(1, server.Receive(received));
        server.Send(received);
        Assert.Equal(1, client.Receive(received));
        Assert.Equal(7, received[0]);
        return ((IPEndPoint)server.RemoteEndPoint!).Address;
    }
}
