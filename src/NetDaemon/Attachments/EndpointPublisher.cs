using System.Threading.Channels;
using Google.Protobuf;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Attachments;

/// <summary>
/// Tells all nodes about this node's endpoints, behind ADD and DEL and never in their way: the store may be slow or away.
/// </summary>
internal sealed class EndpointPublisher(IStore store, NodeIdentity node, TimeProvider time, ILogger<EndpointPublisher> logger)
{
    private const int OperationsAtOnce = 100;     // below the 128 that a transaction may have

    private readonly Channel<StoreOperation> _queue = Channel.CreateUnbounded<StoreOperation>(new() { SingleReader = true });

    public void Publish(AttachmentRecord record) => _queue.Writer.TryWrite(new StoreOperation.Put(KeyOf(record), ToEndpoint(record).ToByteArray(), 0));

    public void Withdraw(AttachmentRecord record) => _queue.Writer.TryWrite(new StoreOperation.Delete(KeyOf(record)));

    /// <summary>At start, and when the store has lost its data: makes the stored endpoints of this node equal to its attachments. Writes nothing when they are.</summary>
    /// <param name="attachments">All of this node, with the node's lock held: what is published or withdrawn later is queued behind.</param>
    /// <param name="nodeLock">The lock.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task SynchronizeAsync(Func<IEnumerable<AttachmentRecord>> attachments, NodeLock nodeLock, CancellationToken cancellationToken)
    {
        StoreRange stored = await store.RangeAsync(StoreKeys.Endpoints, cancellationToken);
        using IDisposable held = await nodeLock.EnterAsync(cancellationToken);
        var wanted = attachments().Where(a => a.State == AttachmentState.Committed).ToDictionary(KeyOf, ToEndpoint, StringComparer.Ordinal);
        foreach (StoreEntry entry in stored.Entries)
        {
            Endpoint? endpoint = TryRead(entry);
            if (wanted.TryGetValue(entry.Key, out Endpoint? same) && same.Equals(endpoint))
            {
                wanted.Remove(entry.Key);
            }
            else if (endpoint?.Node == node.Name && !wanted.ContainsKey(entry.Key))
            {
                _queue.Writer.TryWrite(new StoreOperation.Delete(entry.Key));
            }
        }
        foreach ((string key, Endpoint endpoint) in wanted)
        {
            _queue.Writer.TryWrite(new StoreOperation.Put(key, endpoint.ToByteArray(), 0));
        }
    }

    /// <summary>Writes what was queued until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pending = new List<StoreOperation>();
        while (await _queue.Reader.WaitToReadAsync(cancellationToken))
        {
            while (pending.Count < OperationsAtOnce && _queue.Reader.TryRead(out StoreOperation? operation))
            {
                pending.Add(operation);
            }
            await WriteAsync(pending, cancellationToken);
            pending.Clear();
        }
    }

    private async Task WriteAsync(List<StoreOperation> operations, CancellationToken cancellationToken)
    {
        // Only the last word on each key: one transaction may not name a key twice.
        var last = operations.GroupBy(o => o.Key, StringComparer.Ordinal).Select(g => g.Last()).ToList();
        var txn = new StoreTxn();
        foreach (StoreOperation operation in last)
        {
            _ = operation is StoreOperation.Put put ? txn.Put(put.Key, put.Value) : txn.Delete(operation.Key);
        }
        while (true)
        {
            try
            {
                await store.TxnAsync(txn, cancellationToken);
                return;
            }
            catch (StoreException e)
            {
                AttachmentLog.PublishFailed(logger, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            }
        }
    }

    /// <summary>Null for what cannot be read: ours is written anew, and others' is theirs to mend.</summary>
    private static Endpoint? TryRead(StoreEntry entry)
    {
        try
        {
            return Endpoint.Parser.ParseFrom(entry.Value.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static string KeyOf(AttachmentRecord record) =>
        StoreKeys.Endpoint(record.EndpointNamespace, record.EndpointName, record.HostInterface);

    private Endpoint ToEndpoint(AttachmentRecord record)
    {
        var endpoint = new Endpoint
        {
            Namespace = record.EndpointNamespace,
            Name = record.EndpointName,
            Network = record.WeftNetwork,
            ContainerId = record.Key.ContainerId,
            InterfaceName = record.Key.InterfaceName,
            Mac = new Dataplane.Route.MacAddress(record.ContainerMac.Span).ToString(),
            Node = node.Name,
            HostInterface = record.HostInterface,
            PodUid = record.EndpointUid,
            CreatedUnixMs = record.Created.ToUnixTimeMilliseconds(),
            CniNetwork = record.Key.Network,
        };
        endpoint.Addresses.AddRange(record.Addresses.Select(a => a.Address.ToString()));
        endpoint.Aliases.AddRange(record.Options.Aliases);
        endpoint.Labels.Add(new Dictionary<string, string>(record.Labels, StringComparer.Ordinal));
        return endpoint;
    }
}
