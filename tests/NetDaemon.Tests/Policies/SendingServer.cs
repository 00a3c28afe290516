using System.Net;
using System.Net.Sockets;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Policies;

/// <summary>Sends to whoever connects, without a pause, and never listens to what they say.</summary>
internal sealed class SendingServer : IDisposable
{
    private readonly Socket _listener;
    private readonly int _port;

    public SendingServer(TestNamespace space, int port)
    {
        _port = port;
        _listener = space.Open(() => new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp));
        _listener.DualMode = true;
        _listener.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        _listener.Listen();
        Loop = AcceptAsync();
    }

    /// <summary>Ends when the server is disposed of.</summary>
    public Task Loop { get; }

    public async Task<Reader> ConnectAsync(TestNamespace from, IPAddress address)
    {
        Socket socket = from.Open(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await socket.ConnectAsync(new IPEndPoint(address, _port));
        return new Reader(socket);
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        List<Task> sending = [];
        try
        {
            while (true)
            {
                sending.Add(SendAsync(await _listener.AcceptAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sending);
        }
    }

    private static async Task SendAsync(Socket client)
    {
        byte[] bytes = new byte[256];
        using (client)
        {
            try
            {
                while (true)
                {
                    await client.SendAsync(bytes);
                    await Task.Delay(5);
                }
            }
            catch (SocketException)
            {
                return;     // the reader is gone
            }
        }
    }

    /// <summary>Reads what the server sends.</summary>
    internal sealed class Reader(Socket socket) : IDisposable
    {
        private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

        /// <summary>Reads on: what comes now was sent just now.</summary>
        public async Task MoreAsync()
        {
            Drain();
            Assert.True(await ReadAsync(Programs.DefaultLimit), "nothing comes any more");
        }

        /// <summary>Waits until nothing came for a second.</summary>
        public async Task EndsAsync()
        {
            using var limit = new CancellationTokenSource(Programs.DefaultLimit);
            while (await ReadAsync(Silence))
            {
                Assert.False(limit.IsCancellationRequested, "it never ends");
            }
        }

        public void Dispose() => socket.Dispose();

        private void Drain()
        {
            byte[] buffer = new byte[65536];
            while (socket.Available > 0)
            {
                socket.Receive(buffer);
            }
        }

        private async Task<bool> ReadAsync(TimeSpan patience)
        {
            using var limit = new CancellationTokenSource(patience);
            try
            {
                return await socket.ReceiveAsync(new byte[65536], limit.Token) > 0;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
