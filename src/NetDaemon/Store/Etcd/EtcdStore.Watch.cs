using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Weft.NetDaemon.Store.Etcd;

internal sealed partial class EtcdStore
{
    /// <inheritdoc/>
    /// <remarks>
    /// When the stream ends it goes on at another member, at the revision after the last one that was delivered whole. While no member answers it
    /// waits. Ends without an exception when the store is disposed.
    /// </remarks>
    /// <exception cref="StoreRegressedException">After an interruption, etcd is older than what was delivered, or another one.</exception>
    /// <exception cref="StoreException">etcd refuses the watch for good: no permission, say.</exception>
    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (WatchBatch batch in WatchWithProgressAsync(prefix, fromRevision, cancellationToken))
        {
            if (batch.Changes.Count > 0)
            {
                yield return batch;
            }
        }
    }

    /// <summary>As <see cref="WatchAsync"/>, but a batch without changes says that nothing happened up to its revision.</summary>
    public async IAsyncEnumerable<WatchBatch> WatchWithProgressAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        var position = new EtcdWatchPosition(prefix, fromRevision) { Generation = _calls.History.Generation };
        var backoff = new EtcdBackoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_stop.IsCancellationRequested)
            {
                yield break;
            }
            await using EtcdWatch? watch = await OpenAsync(position, stop.Token, cancellationToken);
            if (watch is not null)
            {
                while (await NextAsync(watch, position, stop.Token, cancellationToken) is { } batches)
                {
                    backoff.Reset();
                    foreach (WatchBatch batch in batches)
                    {
                        yield return batch;
                    }
                }
            }
            await WaitAsync(backoff.Next(), stop.Token);
        }
    }

    /// <summary>Opens a stream at the current member, or moves on from it and returns null.</summary>
    private async Task<EtcdWatch?> OpenAsync(EtcdWatchPosition position, CancellationToken stop, CancellationToken callers)
    {
        EtcdMember member = _calls.Current;
        EtcdWatch? watch = null;
        try
        {
            await RequireSameHistoryAsync(position, stop);
            watch = await EtcdWatch.OpenAsync(_calls, member, position, _options.ProgressInterval, _time, stop);
            _calls.Availability.Answered(member.Name);
            return watch;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or StoreException or ObjectDisposedException)
        {
            if (watch is not null)
            {
                await watch.DisposeAsync();
            }
            Judge(e, position, member, callers);
            return null;
        }
    }

    /// <summary>The next changes, or null when the stream has ended.</summary>
    private async Task<IReadOnlyList<WatchBatch>?> NextAsync(EtcdWatch watch, EtcdWatchPosition position, CancellationToken stop, CancellationToken callers)
    {
        try
        {
            return await watch.NextAsync(stop);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            Judge(e, position, watch.Member, callers);
            return null;
        }
    }

    /// <summary>Returns when the watch shall be tried again; otherwise throws what its reader must know.</summary>
    private void Judge(Exception e, EtcdWatchPosition position, EtcdMember member, CancellationToken callers)
    {
        callers.ThrowIfCancellationRequested();
        if (_stop.IsCancellationRequested)
        {
            return;
        }
        switch (e)
        {
            case StoreRegressedException or RevisionCompactedException:
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
                break;
            case RpcException rpc when EtcdFailure.KindOf(rpc) == EtcdFailureKind.Final:
                throw EtcdFailure.Translate(rpc, $"watch {position.Prefix}", member.Name);
            case RpcException rpc:
                EtcdLog.WatchEnded(_logger, position.Prefix, member.Name, EtcdFailure.Reason(rpc), position.Next);
                _calls.MoveOn(member);
                break;
            case StoreException { InnerException: RpcException refusal } when EtcdFailure.KindOf(refusal) == EtcdFailureKind.Final:
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
                break;
            case StoreException store:
                // No member answers, or a file for TLS is unusable: reported already, and mended by others.
                EtcdLog.WatchEnded(_logger, position.Prefix, member.Name, store.Message, position.Next);
                break;
            default:
                _calls.MoveOn(member);
                break;
        }
    }

    /// <summary>A stream says nothing while the store is behind the revision that it starts at: so it is asked by quorum before.</summary>
    private async Task RequireSameHistoryAsync(EtcdWatchPosition position, CancellationToken cancellationToken)
    {
        if (position.Generation != _calls.History.Generation)
        {
            throw new RevisionCompactedException(position.Next, position.Next);     // its place is in a history that is gone
        }
        (_, long revision) = await CountAsync(position.Prefix, cancellationToken);
        if (revision < position.Next - 1)
        {
            throw new StoreRegressedException(
                $"etcd at {Endpoint} is at revision {revision}, but revision {position.Next - 1} was read from it before: its data was lost or is from a backup", position.Next - 1, revision)
            { NextStep = "nothing is withdrawn; see docs/configuration.md, \"etcd's data lost\"" };
        }
        if (Verify is { } verify)
        {
            await verify(cancellationToken);
        }
    }

    private async Task WaitAsync(TimeSpan time, CancellationToken stop)
    {
        try
        {
            await Task.Delay(time, _time, stop);
        }
        catch (OperationCanceledException)
        {
            // The loop looks why.
        }
    }
}
