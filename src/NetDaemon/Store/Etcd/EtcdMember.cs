using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>One endpoint and the channel to it. Thread-safe.</summary>
internal sealed class EtcdMember(Uri endpoint, EtcdOptions options, EtcdTls tls) : IDisposable
{
    private readonly Lock _lock = new();
    // Channels with certificates that were replaced since: what runs over them is not cut, and an idle one has no connection.
    private readonly List<GrpcChannel> _all = [];
    private GrpcChannel? _current;
    private string _stamp = "";
    private bool _disposed;

    /// <summary>As in messages: without a slash at the end.</summary>
    public string Name { get; } = endpoint.GetLeftPart(UriPartial.Authority);

    public bool IsTls => endpoint.Scheme == Uri.UriSchemeHttps;

    /// <summary>For calls to this member, with the certificates as they are now.</summary>
    /// <exception cref="StoreException">A certificate's file cannot be used.</exception>
    public CallInvoker Invoker()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            string stamp = IsTls ? tls.Stamp() : "";
            if (_current is null || stamp != _stamp)
            {
                _current = Connect();
                _stamp = stamp;
                _all.Add(_current);
            }
            return _current.CreateCallInvoker();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _all.ForEach(c => c.Dispose());
        }
    }

    private GrpcChannel Connect()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            UseProxy = false,
            // A member that is gone without a word is noticed in 20 s, also by a watch that nothing happens on. etcd refuses pings more often than 5 s.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            EnableMultipleHttp2Connections = true,
        };
        if (IsTls)
        {
            handler.SslOptions = tls.Load();
        }
        return GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,       // a page of values, each up to 1.5 MB
            MaxSendMessageSize = null,
        });
    }

    /// <summary>As the handler does it by itself, but a member that does not take a connection in time is a plain connection error.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectTimeout);
        try
        {
            await socket.ConnectAsync(Target(context.DnsEndPoint), limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint Target(DnsEndPoint target) =>
        IPAddress.TryParse(target.Host.Trim('[', ']'), out IPAddress? address) ? new IPEndPoint(address, target.Port) : target;
}
