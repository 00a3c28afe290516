using Google.Protobuf;
using Grpc.Core;
using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

internal sealed partial class EtcdStore
{
    // A list of many pages whose revision is compacted away meanwhile is begun anew; that this happens again and again is not to be expected.
    private const int ListAttempts = 3;

    /// <inheritdoc/>
    /// <remarks>In pages, all at the revision of the first one.</remarks>
    public async ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ListAsync(prefix, cancellationToken);
            }
            catch (StoreException e) when (attempt < ListAttempts && e.InnerException is RpcException { StatusCode: StatusCode.OutOfRange })
            {
                // Compacted between two pages.
            }
        }
    }

    /// <summary>How many keys start with a prefix, and the store's revision. Costs the network next to nothing.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async ValueTask<(long Count, long Revision)> CountAsync(string prefix, CancellationToken cancellationToken)
    {
        RangeResponse answer = await RangeAsync(
            $"count {prefix}",
            new RangeRequest { Key = EtcdMessages.RangeStart(prefix), RangeEnd = EtcdMessages.RangeEnd(prefix), CountOnly = true }, cancellationToken);
        return (answer.Count, answer.Header.Revision);
    }

    /// <summary>Reads a key at each member that answers, whatever was read from them before.</summary>
    /// <exception cref="StoreException">None answers.</exception>
    public async Task<IReadOnlyList<EtcdGlance>> GlanceAsync(string key, CancellationToken cancellationToken)
    {
        List<EtcdGlance> found = [];
        StoreException? failure = null;
        foreach (EtcdMember member in _calls.Members)
        {
            try
            {
                (CallInvoker invoker, CallOptions options, _) = await _calls.PrepareStreamAsync(member, cancellationToken);
                RangeResponse answer = await new KV.KVClient(invoker).RangeAsync(
                    new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, options.WithDeadline(DateTime.UtcNow + _options.AnswerTimeout));
                found.Add(new EtcdGlance(
                    member.Name, answer.Header.ClusterId, answer.Header.Revision, answer.Kvs.Count == 0 ? null : EtcdMessages.ToEntry(answer.Kvs[0]),
                    _calls.History.Contradicts(answer.Header.ClusterId, answer.Header.Revision)));
            }
            catch (RpcException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure = EtcdFailure.Translate(e, $"read {key}", member.Name);
            }
            catch (StoreException e)
            {
                failure = e;
            }
        }
        return found.Count > 0 || failure is null ? found : throw failure;
    }

    private async Task<StoreRange> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        List<StoreEntry> entries = [];
        var request = new RangeRequest
        {
            Key = EtcdMessages.RangeStart(prefix),
            RangeEnd = EtcdMessages.RangeEnd(prefix),
            Limit = _options.PageSize,
        };
        while (true)
        {
            RangeResponse page = await RangeAsync($"list {prefix}", request, cancellationToken);
            entries.AddRange(page.Kvs.Select(EtcdMessages.ToEntry));
            request.Revision = request.Revision == 0 ? page.Header.Revision : request.Revision;
            if (!page.More)
            {
                return new StoreRange(entries, request.Revision);
            }
            // The next key after the last one is that with a zero byte behind it.
            request.Key = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
    }

    private async Task<RangeResponse> RangeAsync(string operation, RangeRequest request, CancellationToken cancellationToken)
    {
        EtcdAnswer<RangeResponse> answer = await _calls.CallAsync(
            operation, repeatable: true, (member, options) => new KV.KVClient(member).RangeAsync(request, options), cancellationToken);
        _calls.History.Require(answer.Message.Header, answer.Asked, answer.Endpoint);
        return answer.Message;
    }
}
