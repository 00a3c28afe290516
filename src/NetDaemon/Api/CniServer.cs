using System.Net.Sockets;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Api;

/// <summary>Answers weft-cni on cni.sock: framed protobuf, one task a connection.</summary>
internal sealed class CniServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly AttachmentService _attachments;
    private readonly ILogger<CniServer> _logger;
    private readonly string _path;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _connections = [];
    private readonly Lock _lock = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    public CniServer(string path, AttachmentService attachments, ILogger<CniServer> logger)
    {
        _path = path;
        _attachments = attachments;
        _logger = logger;
    }

    /// <summary>Listens, readable and writable by the owner alone.</summary>
    /// <exception cref="IOException">Another process listens there.</exception>
    public void Start()
    {
        UnixSocketFile.PrepareForBind(_path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_path));
        UnixSocketFile.RestrictToOwner(_path);
        listener.Listen(512);
        _listener = listener;
        _accepting = AcceptAsync(listener);
    }

    /// <summary>Stops listening, lets calls in progress finish, and undoes what was never committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener?.Dispose();
        await _accepting;
        Task[] open;
        lock (_lock)
        {
            open = [.. _connections];
        }
        await Task.WhenAll(open);
        File.Delete(_path);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, most likely. The connection stays in the queue: without a pause this would turn, and log, as fast as it can.
                CniLog.BrokenConnection(_logger, e.Message);
                await Task.Delay(AcceptPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
            Task serving = ServeAsync(connection);
            lock (_lock)
            {
                _connections.Add(serving);
            }
            _ = serving.ContinueWith(
                done =>
                {
                    lock (_lock)
                    {
                        _connections.Remove(done);
                    }
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        var uncommitted = new HashSet<ulong>();
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            while (await MessageFrame.ReadAsync(stream, Request.Parser, _stop.Token) is { } request)
            {
                Reply reply = await AnswerAsync(request, uncommitted);
                // Not cancelled by a stop: the call has been carried out, and its caller waits for the answer.
                await stream.WriteAsync(MessageFrame.Encode(reply), CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // weftd stops.
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            CniLog.BrokenConnection(_logger, e.Message);
        }
        // The plugin is gone before Commit: killed, or it timed out.
        foreach (ulong id in uncommitted)
        {
            await _attachments.UndoAsync(id, "its plugin ended before it was committed");
        }
    }

    private async Task<Reply> AnswerAsync(Request request, HashSet<ulong> uncommitted)
    {
        try
        {
            switch (request.CallCase)
            {
                case Request.CallOneofCase.Attach:
                    AttachReply attached = await _attachments.AttachAsync(request.Attach);
                    uncommitted.Add(attached.AttachmentId);
                    return new Reply { Attached = attached };
                case Request.CallOneofCase.Commit:
                    await _attachments.CommitAsync(request.Commit.AttachmentId);
                    uncommitted.Remove(request.Commit.AttachmentId);
                    return Done();
                case Request.CallOneofCase.Abort:
                    await _attachments.UndoAsync(request.Abort.AttachmentId, "its plugin could not wire the container");
                    uncommitted.Remove(request.Abort.AttachmentId);
                    return Done();
                case Request.CallOneofCase.Detach:
                    await _attachments.DetachAsync(request.Detach.Key.RequireKey());
                    return Done();
                case Request.CallOneofCase.Check:
                    return new Reply { Check = await _attachments.CheckAsync(request.Check.Key.RequireKey()) };
                case Request.CallOneofCase.Collect:
                    return new Reply { Collected = await _attachments.CollectAsync(request.Collect) };
                case Request.CallOneofCase.Status:
                    await _attachments.RequireAvailableAsync(request.Status);
                    return Done();
                default:
                    throw new RefusedException(
                        Contracts.Cni.RefusalReason.BadRequest, "the request names no call that this weftd knows", "install the weft-cni that came with this weftd");
            }
        }
        catch (RefusedException e)
        {
            CniLog.Refused(_logger, request.CallCase.ToString(), e.Reason.ToString(), e.Message);
            return new Reply { Refusal = e.ToRefusal() };
        }
        catch (Exception e)
        {
            CniLog.CallFailed(_logger, e);
            return new Reply
            {
                Refusal = new Refusal { Reason = Contracts.Cni.RefusalReason.Internal, Message = $"weftd failed: {e.Message}", Detail = "see weftd's log, and report it" },
            };
        }
    }

    private static Reply Done() => new() { Done = new Done() };
}
