using System.Threading.Channels;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// Lets other nodes know that this one is there: a leased key, and the node's record, put back whenever the store has lost it. A store that
/// does not answer is waited for; nothing on this node depends on it. Notices when the node's number or name is not its own any more.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="own">The record.</param>
/// <param name="time">For intervals.</param>
/// <param name="logger">Where it is told.</param>
/// <param name="lease">Of a sign of life that is there already; 0: none.</param>
internal sealed class NodePresence(IStore store, OwnNode own, TimeProvider time, ILogger<NodePresence> logger, long lease = 0)
{
    /// <summary>How long after its last word a node is taken for away.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeToLive / 3;

    private readonly Channel<bool> _nudges = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lease = lease;

    /// <summary>Ends when this node was forgotten, or another machine has its name, with what happened. Nothing is published from then on.</summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>The record has changed: publish it now. Does not block.</summary>
    public void Nudge() => _nudges.Writer.TryWrite(true);

    /// <summary>Whether a node's weftd is heard of; null: the store does not say.</summary>
    public static async Task<bool?> IsAliveAsync(IStore store, string node, CancellationToken cancellationToken)
    {
        try
        {
            return !store.IsAway ? await store.GetAsync(StoreKeys.NodeAlive(node), cancellationToken) is not null : null;
        }
        catch (StoreException)
        {
            return null;
        }
    }

    /// <summary>Speaks up until cancelled, or lost; then the key goes at once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        Task<bool> tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        try
        {
            while (true)
            {
                try
                {
                    await SpeakAsync(cancellationToken);
                }
                catch (StoreException e)
                {
                    NodeLog.NotHeard(logger, e.Message);
                }
                if (Lost.IsCompleted)
                {
                    break;
                }
                Task<bool> nudge = _nudges.Reader.WaitToReadAsync(cancellationToken).AsTask();
                if (await Task.WhenAny(tick, nudge) == tick)
                {
                    await tick;
                    tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                }
                await (nudge.IsCompleted ? nudge : Task.CompletedTask);
                _nudges.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped on purpose: nobody need wait for the lease to expire.
        }
        await LeaveAsync();
    }

    /// <summary>Keeps the lease and the key alive, and the record in the store, as long as they are this node's.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task SpeakAsync(CancellationToken cancellationToken)
    {
        Node record = own.Record;
        string key = StoreKeys.NodeAlive(record.Name);
        if (_lease == 0 || !await store.KeepAliveAsync(_lease, cancellationToken))
        {
            _lease = await store.GrantLeaseAsync(TimeToLive, cancellationToken);
        }
        // The number first: a node that was forgotten is not alive again.
        if (await WhyNotOursAsync(record, cancellationToken) is { } why)
        {
            _lost.TrySetResult(why);
            return;
        }
        StoreEntry? entry = await store.GetAsync(key, cancellationToken);
        if (entry is null || entry.Lease != _lease)
        {
            if (entry is not null && record.MachineId.Length > 0 && SignOfLife.Of(entry) is { Machine.Length: > 0 } other && other.Machine != record.MachineId)
            {
                _lost.TrySetResult($"another machine (machine id {other.Machine}) has the name {record.Name}");
                return;
            }
            // On condition: who takes the name meanwhile has it.
            await store.TxnAsync(
                new StoreTxn().If(key, entry?.ModRevision ?? 0).Put(key, new SignOfLife(record.MachineId, record.BootId).ToBytes(), _lease), cancellationToken);
        }
        if (await NodeIdentity.PublishAsync(store, record, cancellationToken))
        {
            NodeLog.Republished(logger, "the store had another one, or none");
        }
    }

    /// <summary>Why the number is not this node's any more, or null.</summary>
    private async Task<string?> WhyNotOursAsync(Node record, CancellationToken cancellationToken)
    {
        if (record.MachineId.Length == 0)
        {
            return null;        // nobody else is there to take it
        }
        string key = StoreKeys.NodeNumber(record.Number);
        StoreEntry? number = await store.GetAsync(key, cancellationToken);
        var holder = new NumberHolder(record.Name, record.MachineId);
        if (number is not null)
        {
            NumberHolder found = NumberHolder.Of(number);
            if (found == holder with { Machine = "" })
            {
                // Of a weftd that did not tell machines apart, and this one was started without the store.
                await store.TxnAsync(new StoreTxn().If(key, number.ModRevision).Put(key, holder.ToBytes()), cancellationToken);
                return null;
            }
            return found == holder || store.IsAway ? null
                : found.FormerName(record.Number) is null ? $"number {record.Number} belongs to {found.Name}"
                : $"the name {record.Name} was given to another machine, or the node is being forgotten";
        }
        await RequireGatheredAsync(key, cancellationToken);
        // Who forgets a node takes its record first. With the record there, somebody has deleted one key too many.
        bool isKnown = await store.GetAsync(StoreKeys.Node(record.Name), cancellationToken) is { } stored
            && KnownNode.TryRead(record.Name, stored.Value, out KnownNode? known, out _) && known.Number == record.Number && known.Record.MachineId == record.MachineId;
        if (store.IsAway)
        {
            return null;        // an old copy proves nothing
        }
        if (!isKnown)
        {
            return "the node was forgotten";
        }
        await store.TxnAsync(new StoreTxn().IfAbsent(key).Put(key, holder.ToBytes()), cancellationToken);
        return null;
    }

    /// <summary>A store that lost its data may not know the number again yet. Nothing is published meanwhile: a node that was forgotten before the loss would be known again by that.</summary>
    /// <exception cref="StoreException">Nodes are putting back what the store lost.</exception>
    private async Task RequireGatheredAsync(string number, CancellationToken cancellationToken)
    {
        if (!store.IsAway && ClusterState.TryRead(await store.GetAsync(StoreKeys.Cluster, cancellationToken)) is not { IsGathering: false })
        {
            throw new StoreException($"the store lost its data, and has no {number} again yet") { NextStep = "weftd tries again by itself" };
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
