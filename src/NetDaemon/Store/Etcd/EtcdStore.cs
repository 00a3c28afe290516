using Google.Protobuf;
using Grpc.Core;
using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>
/// The store of many nodes: etcd 3.4 or newer. Reads are by quorum, so each sees all that was written before it. While no member answers, calls
/// fail with the reason and watches wait; see <see cref="Absence"/>. An answer older than what was read before is refused with
/// <see cref="StoreRegressedException"/>, by calls and watches alike.
/// </summary>
/// <remarks>
/// A transaction that may have reached a member is never sent twice by the store: <see cref="StoreOutcomeUnknownException"/> leaves that to
/// the caller, who knows what repeating it means (docs/decisions/0012-etcd-client.md).
/// </remarks>
internal sealed partial class EtcdStore : IStore
{
    /// <summary>What etcd takes in one request unless --max-request-bytes says otherwise, in bytes.</summary>
    public const int MaximumRequest = 1536 * 1024;

    private readonly EtcdOptions _options;
    private readonly EtcdCalls _calls;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();

    public EtcdStore(EtcdOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _calls = new EtcdCalls(options, time, logger);
    }

    public string Kind => "etcd";

    /// <summary>Since when and why etcd does not answer, or null while it does.</summary>
    public StoreAbsence? Absence => _calls.Availability.Absence;

    public StoreTrouble? Trouble => Absence is { } absence ? new StoreTrouble(StoreTroubleKind.Away, absence.Since, absence.Reason, absence.NextStep) : null;

    /// <summary>The member that calls go to, as in messages.</summary>
    public string Endpoint => _calls.Current.Name;

    /// <summary>Asked before a watch goes on after an interruption: is it still the same history? Throws <see cref="StoreRegressedException"/> if not.</summary>
    public Func<CancellationToken, Task>? Verify { get; set; }

    /// <summary>An earlier weftd read this revision: what is older is refused from now on.</summary>
    public void Expect(long revision) => _calls.History.Expect(revision);

    /// <summary>Takes etcd as it is from now on, another or older one than before. Watches that are interrupted end with <see cref="RevisionCompactedException"/>.</summary>
    public void ForgetHistory() => _calls.History.Forget();

    public async ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        RangeResponse answer = await RangeAsync(
            $"read {key}", new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, cancellationToken);
        return answer.Kvs.Count == 0 ? null : EtcdMessages.ToEntry(answer.Kvs[0]);
    }

    public async ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        StoreTxnRules.Require(txn);
        TxnRequest request = EtcdMessages.ToRequest(txn);
        string operation = StoreTxnRules.Describe(txn);
        int size = request.CalculateSize();
        if (size > MaximumRequest)
        {
            throw new StoreException($"could not {operation}: the {size} bytes are too large for etcd, which takes {MaximumRequest} at once")
            {
                NextStep = "store less in one object, or in more objects",
            };
        }
        EtcdAnswer<TxnResponse> answer = await _calls.CallAsync(
            operation, repeatable: txn.Operations.Count == 0, (member, options) => new KV.KVClient(member).TxnAsync(request, options), cancellationToken);
        _calls.History.Require(answer.Message.Header, answer.Asked, answer.Endpoint);
        return new TxnResult(answer.Message.Succeeded, answer.Message.Header.Revision);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The revision is yet to come.</exception>
    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        try
        {
            await _calls.CallAsync(
                $"compact the history before revision {revision}", repeatable: true,
                (member, options) => new KV.KVClient(member).CompactAsync(new CompactionRequest { Revision = revision }, options), cancellationToken);
        }
        catch (StoreException e) when (e.InnerException is RpcException { StatusCode: StatusCode.OutOfRange } refusal)
        {
            if (EtcdFailure.Says(refusal, "future revision"))
            {
                throw new ArgumentOutOfRangeException(nameof(revision), revision, e.Message);
            }
            // Compacted that far already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _calls.Dispose();
    }
}
