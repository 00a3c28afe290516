using System.Globalization;
using System.Text;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// Gets this node its number, once and for life, and its name for as long as it is alive: both in one transaction, with the leased sign of life as the lock.
/// <code>
/// name is nobody's                          the next number
/// name is this machine's                    its number
/// name is another machine's, which is alive  refused
/// name is another machine's, which is away   the next number; the other keeps its own, with its blocks, as NAME.former-N
/// </code>
/// A machine that takes over a name gets no block of the one before: whether that one's containers still run, nobody can know.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="name">This node's name.</param>
/// <param name="machine">Which installation this is; "": the store is this node's alone, and there is no other.</param>
/// <param name="bootId">Of the running kernel.</param>
/// <param name="time">For the wait for one's own last sign of life.</param>
internal sealed class NodeClaim(IStore store, string name, string machine, string bootId, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Etcd may let a lease live a little longer than it was granted for, as after a change of its leader.
    private static readonly TimeSpan LongestLastWord = NodePresence.TimeToLive + TimeSpan.FromSeconds(10);

    private bool IsAlone => machine.Length == 0;

    /// <exception cref="NodeNameTakenException">Another machine has the name, and is alive.</exception>
    /// <exception cref="StoreException">The store did not answer, and this node has no number that it knows of; or nodes are putting back what it lost, and it is not known again yet.</exception>
    public async Task<NodeIdentity> ClaimAsync(CancellationToken cancellationToken)
    {
        if (await WithoutStoreAsync(cancellationToken) is { } known)
        {
            return known;
        }
        try
        {
            return await ClaimNowAsync(cancellationToken);
        }
        catch (StoreException e) when (e is not NodeNameTakenException && !IsAlone)
        {
            if (await WithoutStoreAsync(cancellationToken) is { } late)
            {
                return late;
            }
            throw;
        }
    }

    /// <summary>Who this node was when the store was last there; null when it is there, or this node never met it. What runs here comes first: whether the name is
    /// still this machine's is asked when the store is back.</summary>
    private async Task<NodeIdentity?> WithoutStoreAsync(CancellationToken cancellationToken)
    {
        if (IsAlone || !store.IsAway)
        {
            return null;
        }
        (uint number, NumberHolder? holder, _) = (await NumberHolder.ListAsync(store, cancellationToken))
            .LastOrDefault(n => n.Holder.Name == name && (n.Holder.Machine == machine || n.Holder.Machine.Length == 0));
        return holder is null ? null : Identity(number, lease: 0);
    }

    private NodeIdentity Identity(uint number, long lease) => new(name, number, bootId) { Machine = machine, Lease = lease };

    private async Task<NodeIdentity> ClaimNowAsync(CancellationToken cancellationToken)
    {
        StoreEntry? last = IsAlone ? null : await LastWordAsync(cancellationToken);
        long lease = IsAlone ? 0 : await store.GrantLeaseAsync(NodePresence.TimeToLive, cancellationToken);
        while (true)
        {
            IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)> numbers = await NumberHolder.ListAsync(store, cancellationToken);
            StoreEntry? cluster = await store.GetAsync(StoreKeys.Cluster, cancellationToken);
            StoreEntry? counter = await store.GetAsync(StoreKeys.LastNodeNumber, cancellationToken);
            StoreEntry? record = await store.GetAsync(StoreKeys.Node(name), cancellationToken);
            // In a store from a backup more than one may have the name; who got it last has the highest number.
            (uint number, NumberHolder? holder, StoreEntry? entry) = numbers.LastOrDefault(n => n.Holder.Name == name);
            var txn = new StoreTxn();
            if (!IsAlone)
            {
                txn.If(StoreKeys.NodeAlive(name), last?.ModRevision ?? 0).Put(StoreKeys.NodeAlive(name), new SignOfLife(machine, bootId).ToBytes(), lease);
            }
            if (holder is not null && (IsAlone || holder.Machine == machine))
            {
                if (IsAlone)
                {
                    return Identity(number, lease);
                }
                txn.If(entry!.Key, entry.ModRevision);
            }
            else if (holder is { Machine: "" })
            {
                // Of a weftd that did not tell machines apart: it is the first that does.
                txn.If(entry!.Key, entry.ModRevision).Put(entry.Key, new NumberHolder(name, machine).ToBytes());
            }
            else if (ClusterState.TryRead(cluster) is { IsGathering: true })
            {
                // A number that looks free may be another node's, and who has a name may not be known again yet.
                throw new StoreException($"the store lost its data, and node \"{name}\" of this machine is not among those that it knows again yet: no new node gets a number meanwhile")
                {
                    NextStep = "start weftd again when `weft status` on the other nodes says that the store is well",
                };
            }
            else
            {
                txn.If(StoreKeys.Cluster, cluster?.ModRevision ?? 0);
                number = holder is null && OwnNumberOf(record) is { } lost && numbers.All(n => n.Number != lost) ? lost : Next(numbers, counter);
                txn.IfAbsent(StoreKeys.NodeNumber(number)).Put(StoreKeys.NodeNumber(number), new NumberHolder(name, machine).ToBytes());
                if (number > NodeSuccession.CounterOf(counter))
                {
                    txn.If(StoreKeys.LastNodeNumber, counter?.ModRevision ?? 0)
                        .Put(StoreKeys.LastNodeNumber, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
                }
                if (holder is not null)
                {
                    TakeOver(txn, entry!, holder.Former(numbers.First(n => n.Entry == entry).Number), record, number);
                }
            }
            if ((await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                return Identity(number, lease);
            }
            // Another node took that number meanwhile, or another machine this name.
            last = IsAlone ? null : await LastWordAsync(cancellationToken);
        }
    }

    /// <summary>The name passes on, and other nodes see at once that the machine behind it is another. That it is cordoned was said of the name.</summary>
    private void TakeOver(StoreTxn txn, StoreEntry entry, NumberHolder former, StoreEntry? record, uint number)
    {
        var node = new Node { Name = name, Number = number, BootId = bootId, MachineId = machine };
        if (record is not null && KnownNode.TryRead(name, record.Value, out KnownNode? known, out _))
        {
            node.Cordoned = known.IsCordoned;
        }
        txn.If(entry.Key, entry.ModRevision).Put(entry.Key, former.ToBytes())
            .If(StoreKeys.Node(name), record?.ModRevision ?? 0).Put(StoreKeys.Node(name), node.ToByteArray());
    }

    /// <summary>The sign of life that may be replaced: none, or one of this machine's that has ended.</summary>
    /// <exception cref="NodeNameTakenException">It is of another machine, or of a copy of this one.</exception>
    private async Task<StoreEntry?> LastWordAsync(CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        while (true)
        {
            if (await store.GetAsync(StoreKeys.NodeAlive(name), cancellationToken) is not { } entry)
            {
                return null;
            }
            var sign = SignOfLife.Of(entry);
            if (sign.Machine.Length > 0 && sign.Machine != machine)
            {
                throw new NodeNameTakenException($"node \"{name}\" is another machine (machine id {sign.Machine}, this one is {machine}) and alive")
                {
                    NextStep = $"give this machine another name with node in weftd's config file or --node; if it replaces the other one, stop weftd there: the name is free {NodePresence.TimeToLive.TotalSeconds:0} s after its last word at the latest",
                };
            }
            if (sign.BootId == bootId)
            {
                return entry;       // of the weftd before this one, with the same state directory
            }
            if (time.GetElapsedTime(since) > LongestLastWord)
            {
                throw new NodeNameTakenException($"node \"{name}\" is alive on a machine that has the same machine id {machine}, but was booted another time: its state directory was copied from here, or this one from there")
                {
                    NextStep = "on the copy, stop weftd, empty its state directory, and give it another name",
                };
            }
            // A machine that crashed is back before its last word has expired.
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private uint? OwnNumberOf(StoreEntry? record) =>
        !IsAlone && record is not null && KnownNode.TryRead(name, record.Value, out KnownNode? known, out _) && known.Record.MachineId == machine ? known.Number : null;

    private static uint Next(IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)> numbers, StoreEntry? counter) =>
        Math.Max(numbers.Select(n => n.Number).DefaultIfEmpty().Max(), NodeSuccession.CounterOf(counter)) + 1;
}
