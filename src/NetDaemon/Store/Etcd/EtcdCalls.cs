using Grpc.Core;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>
/// Makes calls to whichever member takes them: the one that answered last, and the next one when that does not answer or has no leader.
/// Thread-safe.
/// </summary>
internal sealed class EtcdCalls : IDisposable
{
    // Says to a member that it must not even start without a leader (api/v3rpc/rpctypes/metadatafields.go): so another is tried at once,
    // and a stream ends when the leader is lost instead of going silent.
    private const string RequireLeaderKey = "hasleader";
    private const string TokenKey = "token";

    // Nobody listening at all is no election: twice around is enough.
    private const int RoundsWithoutConnection = 2;
    private const int TokenAttempts = 2;

    private readonly EtcdOptions _options;
    private readonly EtcdMember[] _members;
    private readonly EtcdTokens _tokens;
    private readonly TimeProvider _time;
    private int _current;

    public EtcdCalls(EtcdOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Endpoints.Count, nameof(options));
        (_options, _time) = (options, time);
        var tls = new EtcdTls(options);
        _members = [.. options.Endpoints.Select(e => new EtcdMember(e, options, tls))];
        _tokens = new EtcdTokens(options, logger);
        Availability = new EtcdAvailability(time, logger);
    }

    public EtcdAvailability Availability { get; }

    public EtcdHistory History { get; } = new();

    /// <summary>All members.</summary>
    public IReadOnlyList<EtcdMember> Members => _members;

    /// <summary>The member that the next call goes to.</summary>
    public EtcdMember Current => _members[Volatile.Read(ref _current)];

    /// <summary>Makes a call.</summary>
    /// <param name="operation">What is attempted, as in "list /weft/v1/pools/"; for messages.</param>
    /// <param name="repeatable">Whether doing it twice is the same as once. If not, a call whose answer was lost is not repeated.</param>
    /// <param name="call">Starts it.</param>
    /// <param name="cancellationToken">Ends it; what was sent may be done nevertheless.</param>
    /// <exception cref="StoreOutcomeUnknownException">It is not repeatable, was sent, and its answer was lost.</exception>
    /// <exception cref="StoreException">No member answers, or etcd refused; nothing was done.</exception>
    public async Task<EtcdAnswer<T>> CallAsync<T>(
        string operation, bool repeatable, Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        var backoff = new EtcdBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
        bool nobodyListens = true;
        int refusedTokens = 0;
        for (int attempt = 1; ; attempt++)
        {
            EtcdMember member = Current;
            long asked = History.Highest;
            bool sent = false;
            string? token = null;
            StoreException failure;
            try
            {
                CallInvoker invoker = member.Invoker();
                token = await _tokens.GetAsync(invoker, cancellationToken);
                sent = true;
                T message = await call(invoker, Options(token, _options.AnswerTimeout, cancellationToken));
                Availability.Answered(member.Name);
                return new EtcdAnswer<T>(message, member.Name, asked);
            }
            catch (RpcException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure = EtcdFailure.Translate(e, operation, member.Name);
                EtcdFailureKind kind = EtcdFailure.KindOf(e);
                nobodyListens &= kind == EtcdFailureKind.NotConnected;
                if (kind == EtcdFailureKind.Token && ++refusedTokens < TokenAttempts)
                {
                    _tokens.Refused(token);
                    continue;
                }
                if (kind is EtcdFailureKind.Final or EtcdFailureKind.Token)
                {
                    throw Refused(e, failure, member);
                }
                MoveOn(member);
                if (kind == EtcdFailureKind.Unknown && sent && !repeatable)
                {
                    throw new StoreOutcomeUnknownException($"{failure.Message}; it may have been done", e) { NextStep = failure.NextStep };
                }
            }
            catch (StoreException e)
            {
                Availability.Failed(e);     // a file that is needed to connect
                throw;
            }
            bool roundOver = attempt % _members.Length == 0;
            if (_time.GetElapsedTime(started) > _options.Patience || (nobodyListens && roundOver && attempt >= RoundsWithoutConnection * _members.Length))
            {
                Availability.Failed(failure);
                throw failure;
            }
            if (roundOver)
            {
                await Task.Delay(backoff.Next(), _time, cancellationToken);
            }
        }
    }

    /// <summary>What a stream to a member is opened with.</summary>
    /// <exception cref="RpcException">The member gave no token.</exception>
    /// <exception cref="StoreException">A file that is needed to connect cannot be used.</exception>
    public async Task<(CallInvoker Invoker, CallOptions Options, string? Token)> PrepareStreamAsync(EtcdMember member, CancellationToken cancellationToken)
    {
        CallInvoker invoker = member.Invoker();
        string? token = await _tokens.GetAsync(invoker, cancellationToken);
        return (invoker, Options(token, timeout: null, cancellationToken), token);
    }

    /// <summary>A token that was refused is not used again.</summary>
    public void RefusedToken(string? token) => _tokens.Refused(token);

    /// <summary>The next call goes to the next member, unless another call has moved on from this one already.</summary>
    public void MoveOn(EtcdMember from)
    {
        int index = Array.IndexOf(_members, from);
        Interlocked.CompareExchange(ref _current, (index + 1) % _members.Length, index);
    }

    public void Dispose()
    {
        foreach (EtcdMember member in _members)
        {
            member.Dispose();
        }
        _tokens.Dispose();
    }

    private StoreException Refused(RpcException e, StoreException failure, EtcdMember member)
    {
        if (e.StatusCode is StatusCode.PermissionDenied or StatusCode.Unauthenticated
            || EtcdFailure.Says(e, "authentication failed") || EtcdFailure.Says(e, "user name is empty"))
        {
            Availability.Failed(failure);   // it is there, but not for us
        }
        else
        {
            Availability.Answered(member.Name);
        }
        return failure;
    }

    private static CallOptions Options(string? token, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var headers = new Metadata { { RequireLeaderKey, "true" } };
        if (token is not null)
        {
            headers.Add(TokenKey, token);
        }
        return new CallOptions(headers, timeout is { } limit ? DateTime.UtcNow + limit : null, cancellationToken);
    }
}
