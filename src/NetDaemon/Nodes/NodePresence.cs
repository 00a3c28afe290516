using System.Text;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// Lets other nodes know that this one is there: a leased key, and the node's record, put back whenever the store has lost it. A store that
/// does not answer is waited for; nothing on this node depends on it.
/// </summary>
internal sealed class NodePresence(IStore store, Node record, TimeProvider time, ILogger<NodePresence> logger)
{
    /// <summary>How long after its last word a node is taken for away.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeToLive / 3;

    private long _lease;

    /// <summary>Whether a node's weftd is heard of; null: the store does not say.</summary>
    public static async Task<bool?> IsAliveAsync(IStore store, string node, CancellationToken cancellationToken)
    {
        try
        {
            return store.Trouble is null ? await store.GetAsync(StoreKeys.NodeAlive(node), cancellationToken) is not null : null;
        }
        catch (StoreException)
        {
            return null;
        }
    }

    /// <summary>Speaks up until cancelled; then the key goes at once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                try
                {
                    await SpeakAsync(cancellationToken);
                }
                catch (StoreException e)
                {
                    NodeLog.NotHeard(logger, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped on purpose: nobody need wait for the lease to expire.
            await LeaveAsync();
        }
    }

    /// <summary>Keeps the lease and the key alive, and the record in the store.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task SpeakAsync(CancellationToken cancellationToken)
    {
        string key = StoreKeys.NodeAlive(record.Name);
        if (_lease == 0 || !await store.KeepAliveAsync(_lease, cancellationToken))
        {
            _lease = await store.GrantLeaseAsync(TimeToLive, cancellationToken);
        }
        if (await store.GetAsync(key, cancellationToken) is not { } entry || entry.Lease != _lease)
        {
            await store.TxnAsync(new StoreTxn().Put(key, Encoding.UTF8.GetBytes(record.BootId), _lease), cancellationToken);
        }
        if (await NodeIdentity.PublishAsync(store, record, cancellationToken))
        {
            NodeLog.Republished(logger, "the store had another one, or none");
        }
    }

    private async Task LeaveAsync()
    {
        try
        {
            if (_lease != 0)
            {
                await store.RevokeLeaseAsync(_lease, CancellationToken.None);
            }
        }
        catch (StoreException e)
        {
            NodeLog.NotHeard(logger, e.Message);   // it expires by itself
        }
    }
}
