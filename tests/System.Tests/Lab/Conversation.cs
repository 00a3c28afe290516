using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weft.SystemTests.Lab;

/// <summary>TCP between two namespaces.</summary>
internal static class Conversation
{
    /// <summary>Connects, says something large enough for many segments, and reads it back from the other end.</summary>
    /// <param name="from">Where the client is.</param>
    /// <param name="to">Where the server is.</param>
    /// <param name="address">The server's.</param>
    /// <returns>The client's address as the server sees it.</returns>
    public static async Task<string> TcpAsync(Space from, Space to, string address)
    {
        using var limit = new CancellationTokenSource(Tool.Limit);
        IPAddress at = IPAddress.Parse(address);
        using Socket listener = to.Open(() => new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(at, 0));
        listener.Listen();
        using Socket client = from.Open(() => new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(listener.LocalEndPoint!, limit.Token);
        using Socket server = await listener.AcceptAsync(limit.Token);
        byte[] said = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i:x8}")));
        Task echo = EchoAsync(server, said.Length, limit.Token);
        byte[] heard = new byte[said.Length];
        Task sending = SendAsync(client, said, limit.Token);
        await ReceiveAsync(client, heard, limit.Token);
        await Task.WhenAll(echo, sending);
        Assert.Equal(said, heard);
        return ((IPEndPoint)server.RemoteEndPoint!).Address.ToString();
    }

    private static async Task EchoAsync(Socket socket, int length, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[length];
        await ReceiveAsync(socket, buffer, cancellationToken);
        await SendAsync(socket, buffer, cancellationToken);
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    private static async Task ReceiveAsync(Socket socket, Memory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            int read = await socket.ReceiveAsync(bytes, cancellationToken);
            Assert.NotEqual(0, read);
            bytes = bytes[read..];
        }
    }
}
