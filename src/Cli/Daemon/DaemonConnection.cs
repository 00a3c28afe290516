using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Daemon;

/// <summary>gRPC over weftd's Unix socket. Connects at the first call.</summary>
internal sealed class DaemonConnection : IDisposable
{
    // A list of some 100,000 endpoints.
    private const int MaximumReply = 64 * 1024 * 1024;

    // Everything that the daemon does here is a few disk writes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly GrpcChannel _channel;
    private SocketException? _connectFailure;

    /// <exception cref="CliException">The path cannot be a socket's.</exception>
    public DaemonConnection(string path)
    {
        _path = path;
        UnixDomainSocketEndPoint endPoint = EndPointOf(path);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellationToken) => ConnectAsync(endPoint, cancellationToken),
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaximumReply,
        });
        Client = new Weftd.WeftdClient(_channel);
    }

    /// <summary>The raw client; failures are RpcExceptions.</summary>
    public Weftd.WeftdClient Client { get; }

    /// <summary>Makes one call.</summary>
    /// <exception cref="CliException">The daemon refused or did not answer.</exception>
    public async Task<T> CallAsync<T>(Func<Weftd.WeftdClient, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            using AsyncUnaryCall<T> answer = call(Client, new CallOptions(deadline: DateTime.UtcNow + Patience, cancellationToken: cancellationToken));
            return await answer.ResponseAsync;
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(e);
        }
    }

    public void Dispose() => _channel.Dispose();

    private async ValueTask<Stream> ConnectAsync(UnixDomainSocketEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            _connectFailure = e;
            socket.Dispose();
            throw;
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static UnixDomainSocketEndPoint EndPointOf(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            throw new CliException(ExitCode.WrongUsage,
                $"weft: \"{Printable.Line(path)}\" cannot be a socket's path: it must have 1 to 107 bytes; check --socket and WEFT_SOCKET");
        }
    }

    private CliException Explain(RpcException failure)
    {
        if (_connectFailure is { } connect)
        {
            return new CliException(ExitCode.Unreachable, ConnectFailure.Describe(_path, connect));
        }
        string detail = failure.Status.Detail;
        return failure.StatusCode switch
        {
            // Problems in manifests begin with file and line, where editors look for them.
            StatusCode.InvalidArgument => new CliException(ExitCode.Failed, detail),
            StatusCode.DeadlineExceeded => new CliException(ExitCode.Unreachable,
                $"weft: weftd at {_path} did not answer within {Patience.TotalSeconds} s; see `journalctl -u weftd`"),
            StatusCode.ResourceExhausted => new CliException(ExitCode.Failed, $"weft: too much for one request ({detail}); name fewer files or objects"),
            StatusCode.Unimplemented => new CliException(ExitCode.Failed,
                $"weft: weftd at {_path} does not know this request; it is older than weft {VersionAction.Version}: upgrade it"),
            // An exception of our side: the connection broke, or who answers does not speak gRPC.
            _ when failure.Status.DebugException is not null => new CliException(ExitCode.Unreachable,
                $"weft: the connection to weftd at {_path} broke: {Innermost(failure.Status.DebugException).Message}; see `journalctl -u weftd`"),
            _ => new CliException(ExitCode.Failed, $"weft: {(detail.Length > 0 ? detail : failure.StatusCode.ToString())}"),
        };
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }
        return exception;
    }
}
