using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Clients inside namespaces.</summary>
internal static class Talk
{
    /// <summary>What an <see cref="EchoServer"/> answers.</summary>
    public static async Task<string> AskAsync(TestNamespace from, byte protocol, IPAddress to, int port)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        using Socket socket = Open(from, protocol, to);
        byte[] answer = new byte[64];
        int length;
        try
        {
            await socket.ConnectAsync(new IPEndPoint(to, port), limit.Token);
            length = protocol == PublishingNode.Udp
                ? await AskAgainAsync(socket, answer, limit.Token)
                : await socket.ReceiveAsync(answer, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }
        return Encoding.UTF8.GetString(answer, 0, length);
    }

    /// <summary>Repeats the question as TCP would: a link that has only just come up may lose a packet.</summary>
    private static async Task<int> AskAgainAsync(Socket socket, byte[] answer, CancellationToken cancellationToken)
    {
        while (true)
        {
            await socket.SendAsync("?"u8.ToArray(), cancellationToken);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                return await socket.ReceiveAsync(answer, patience.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue;
            }
        }
    }

    /// <summary>Whether the node itself refuses: nothing leads further.</summary>
    public static async Task<bool> IsRefusedAsync(TestNamespace from, byte protocol, IPAddress to, int port)
    {
        try
        {
            return await AskAsync(from, protocol, to, port) is "";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    public static Socket Open(TestNamespace from, byte protocol, IPAddress to) => from.Open(() => protocol == PublishingNode.Tcp
        ? new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        : new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
}
