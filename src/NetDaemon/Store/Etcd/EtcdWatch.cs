using Grpc.Core;
using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>One stream of a watch at one member. For one reader.</summary>
internal sealed class EtcdWatch : IAsyncDisposable
{
    private readonly EtcdCalls _calls;
    private readonly EtcdWatchPosition _position;
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _stream;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<StoreChangeAt> _pending = [];      // of a response that is not complete yet
    private Task _asking = Task.CompletedTask;

    private EtcdWatch(EtcdCalls calls, EtcdMember member, EtcdWatchPosition position, AsyncDuplexStreamingCall<WatchRequest, WatchResponse> stream) =>
        (_calls, Member, _position, _stream) = (calls, member, position, stream);

    public EtcdMember Member { get; }

    /// <summary>Opens the stream and waits until the member has taken the watch.</summary>
    /// <exception cref="RpcException">The member did not take it; the next attempt may go elsewhere.</exception>
    /// <exception cref="RevisionCompactedException">The position is compacted away.</exception>
    /// <exception cref="StoreException">A file for the connection cannot be used.</exception>
    public static async Task<EtcdWatch> OpenAsync(
        EtcdCalls calls, EtcdMember member, EtcdWatchPosition position, TimeSpan progressInterval, TimeProvider time, CancellationToken cancellationToken)
    {
        (CallInvoker invoker, CallOptions options, string? token) = await calls.PrepareStreamAsync(member, cancellationToken);
        var watch = new EtcdWatch(calls, member, position, new Watch.WatchClient(invoker).Watch(options));
        try
        {
            await watch.CreateAsync(token, cancellationToken);
            watch._asking = watch.AskForProgressAsync(invoker, options, progressInterval, time);
            return watch;
        }
        catch
        {
            await watch.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next whole revisions; one without changes when only the position has moved on.</summary>
    /// <exception cref="RpcException">The stream has ended.</exception>
    /// <exception cref="RevisionCompactedException">The reader was so slow that its place was compacted away.</exception>
    public async Task<IReadOnlyList<WatchBatch>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            WatchResponse response = await ReadAsync(cancellationToken);
            foreach (Event change in response.Events)
            {
                // A member may repeat what another one has delivered, never the other way round.
                if (change.Kv.ModRevision >= _position.Next)
                {
                    _pending.Add(new StoreChangeAt(change.Kv.ModRevision, EtcdMessages.ToChange(change)));
                }
            }
            if (response.Fragment)
            {
                continue;
            }
            List<WatchBatch> batches = TakePending();
            if (response.Events.Count == 0)
            {
                _position.Passed(response.Header.Revision);     // all up to there has been sent before
                batches.Add(new WatchBatch(_position.Next - 1, []));
            }
            return batches;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stream.Dispose();
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task CreateAsync(string? token, CancellationToken cancellationToken)
    {
        await _stream.RequestStream.WriteAsync(new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = EtcdMessages.RangeStart(_position.Prefix),
                RangeEnd = EtcdMessages.RangeEnd(_position.Prefix),
                StartRevision = _position.Next,
                ProgressNotify = true,
                Fragment = true,
            },
        }, cancellationToken);
        try
        {
            await ReadAsync(cancellationToken);
        }
        catch (RpcException e) when (token is not null && e.StatusCode == StatusCode.PermissionDenied)
        {
            // 3.4 says this to an expired token as well. Only a new one tells which it is.
            _calls.RefusedToken(token);
            await RequirePermissionAsync(cancellationToken);
            throw new RpcException(new Status(StatusCode.Unavailable, e.Status.Detail));
        }
    }

    /// <summary>Reads something of the prefix with a new token.</summary>
    /// <exception cref="RpcException">The user may not.</exception>
    private async Task RequirePermissionAsync(CancellationToken cancellationToken)
    {
        (CallInvoker invoker, CallOptions options, _) = await _calls.PrepareStreamAsync(Member, cancellationToken);
        await new KV.KVClient(invoker).RangeAsync(new RangeRequest
        {
            Key = EtcdMessages.RangeStart(_position.Prefix),
            RangeEnd = EtcdMessages.RangeEnd(_position.Prefix),
            CountOnly = true,
        }, options);
    }

    /// <summary>The next response that is about this watch and not its end.</summary>
    private async Task<WatchResponse> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await _stream.ResponseStream.MoveNext(cancellationToken))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the stream ended"));
        }
        WatchResponse response = _stream.ResponseStream.Current;
        _calls.History.RequireCluster(response.Header, Member.Name);
        if (response.Canceled)
        {
            throw response.CompactRevision > 0
                ? new RevisionCompactedException(_position.Next, response.CompactRevision)
                : new RpcException(new Status(
                    response.CancelReason.Contains("permission denied", StringComparison.Ordinal) ? StatusCode.PermissionDenied : StatusCode.Unavailable,
                    response.CancelReason.Length > 0 ? response.CancelReason : "the member ended the watch"));
        }
        return response;
    }

    private List<WatchBatch> TakePending()
    {
        List<WatchBatch> batches = [.. _pending
            .GroupBy(c => c.Revision)
            .OrderBy(g => g.Key)
            .Select(g => new WatchBatch(g.Key, [.. g.Select(c => c.Change).OrderBy(c => c.Key, Utf8Order.Comparer)]))];
        _pending.Clear();
        if (batches.Count > 0)
        {
            _position.Passed(batches[^1].Revision);
        }
        return batches;
    }

    private async Task AskForProgressAsync(CallInvoker invoker, CallOptions options, TimeSpan interval, TimeProvider time)
    {
        StatusResponse status = await new Maintenance.MaintenanceClient(invoker).StatusAsync(new StatusRequest(), options.WithCancellationToken(_stop.Token));
        if (!EtcdVersion.AnswersProgressInOrder(status.Version))
        {
            return;
        }
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            await _stream.RequestStream.WriteAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, _stop.Token);
        }
    }

    private readonly record struct StoreChangeAt(long Revision, StoreChange Change);
}
