using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Api;

/// <content>
/// Removing a node for good. Its record goes first, by which every other node takes it out of its kernel, and its number is marked in the same transaction, so that what is begun can be
/// finished by asking again. Then its blocks are taken as from a node that was away for too long, and last its number goes, which nobody gets again.
/// <code>
/// record, sign of life --> blocks: epoch + 1, quarantine; moved addresses --> endpoints, imports, copies --> number, confirmation
/// </code>
/// </content>
internal sealed partial class ResourceStore
{
    private const int MostTaken = 60;        // in one transaction, beside what it is on condition of

    /// <param name="name">The node.</param>
    /// <param name="self">The node that is asked: it does not forget itself.</param>
    /// <param name="dryRun">Only say what would be lost.</param>
    /// <param name="evenIfAlive">Also a node that is heard of.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>What was lost, or would be.</returns>
    /// <exception cref="ResourceException">There is no such node, it is alive, or it came back meanwhile.</exception>
    /// <exception cref="StoreException">The store did not answer; it may be begun.</exception>
    public async Task<ForgetNodeReply> ForgetAsync(string name, string self, bool dryRun, bool evenIfAlive, CancellationToken cancellationToken)
    {
        if (name == self)
        {
            throw new ResourceException(RefusalReason.InUse, $"node {Quoted.Text(name)} is this weftd's own; stop it and ask another node's, with --socket or on that machine");
        }
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            NodeToForget node = await FindToForgetAsync(name, cancellationToken) ?? throw NoSuchNode(name);
            if (node.Alive is not null && !evenIfAlive && !dryRun)
            {
                throw new ResourceException(
                    RefusalReason.InUse, $"node {Quoted.Text(name)} is alive: it was heard of within the last {NodePresence.TimeToLive.TotalSeconds:0} s. "
                    + "Drain it, stop its containers and its weftd, and try again; --even-if-alive forgets it all the same, and addresses of its running containers may be given to others");
            }
            ForgetNodeReply lost = await WhatIsLostAsync(node, cancellationToken);
            if (dryRun)
            {
                return lost;
            }
            if (await TryBeginAsync(node, cancellationToken))
            {
                await FinishAsync(node, cancellationToken);
                return lost;
            }
            // It was heard of, or published itself, meanwhile.
        }
        throw new ResourceException(RefusalReason.Busy, $"node {Quoted.Text(name)} published itself {Attempts} times meanwhile; stop its weftd, and try again");
    }

    /// <param name="Name">Its name, without what was added when it lost it.</param>
    /// <param name="Number">0: it has none.</param>
    /// <param name="Current">Key of the number while it has its name.</param>
    /// <param name="Former">Key of the number when it lost its name: the name is another machine's, or it was begun to forget it.</param>
    /// <param name="Record">Key of its record.</param>
    /// <param name="Alive">Its sign of life.</param>
    private sealed record NodeToForget(string Name, uint Number, StoreEntry? Current, StoreEntry? Former, StoreEntry? Record, StoreEntry? Alive)
    {
        /// <summary>Whether what is filed under the name, and not the number, is its own: no other machine has it.</summary>
        public bool HasName { get; init; } = true;
    }

    private async Task<NodeToForget?> FindToForgetAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)> numbers = await NumberHolder.ListAsync(store, cancellationToken);
        StoreEntry? record = await store.GetAsync(StoreKeys.Node(name), cancellationToken);
        (uint number, NumberHolder? holder, StoreEntry? entry) = numbers.FirstOrDefault(n => n.Holder.Name == name);
        if (holder?.FormerName(number) is null && (holder is not null || record is not null))
        {
            return new NodeToForget(name, number, entry, null, record, await store.GetAsync(StoreKeys.NodeAlive(name), cancellationToken));
        }
        // By the name that it has now, or, where nobody else has that, the one that it had.
        (number, holder, entry) = holder is not null ? (number, holder, entry) : numbers.FirstOrDefault(n => n.Holder.FormerName(n.Number) == name);
        if (holder is null)
        {
            return null;
        }
        string had = holder.FormerName(number)!;
        bool isNobodys = numbers.All(n => n.Holder.Name != had) && await store.GetAsync(StoreKeys.Node(had), cancellationToken) is null;
        return new NodeToForget(had, number, null, entry, null, null) { HasName = isNobodys };
    }

    private async Task<ForgetNodeReply> WhatIsLostAsync(NodeToForget node, CancellationToken cancellationToken)
    {
        var lost = new ForgetNodeReply { Number = node.Number, Readiness = node.Alive is null ? NodeReadiness.Away : NodeReadiness.Ready };
        foreach (StoreEntry entry in await OwnedByAsync(node.Number, cancellationToken))
        {
            if (BlockClaims.TryRead(entry) is { } block)
            {
                lost.Blocks.Add(block.Cidr.ToString());
            }
            else
            {
                lost.Moved.Add(MovedAddresses.TryRead(entry)!.Address);
            }
        }
        if (node.HasName)
        {
            lost.Endpoints.AddRange((await EndpointsOfAsync(node.Name, cancellationToken)).Select(e => e.Endpoint));
            foreach (StoreEntry entry in (await store.RangeAsync(StoreKeys.AllocationsOf(node.Name), cancellationToken)).Entries)
            {
                lost.Addresses += (uint)(AddressFindings.ReadCopy(entry)?.Addresses.Count ?? 0);
            }
            string imports = StoreKeys.Import(node.Name, "");
            lost.Imports.AddRange((await store.RangeAsync(imports, cancellationToken)).Entries.Select(e => e.Key[imports.Length..]));
        }
        return lost;
    }

    /// <summary>Blocks and moved addresses of a number; none of 0.</summary>
    private async Task<List<StoreEntry>> OwnedByAsync(uint number, CancellationToken cancellationToken)
    {
        StoreRange blocks = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        StoreRange moved = await store.RangeAsync(StoreKeys.Moved, cancellationToken);
        return number == 0 ? [] :
        [
            .. blocks.Entries.Where(e => BlockClaims.TryRead(e)?.Owner == number),
            .. moved.Entries.Where(e => MovedAddresses.TryRead(e)?.Owner == number),
        ];
    }

    /// <summary>Takes record and sign of life away, and marks the number, all on condition that nothing of it has changed. Nothing is to do when that was done before.</summary>
    private async Task<bool> TryBeginAsync(NodeToForget node, CancellationToken cancellationToken)
    {
        if (node.Former is not null)
        {
            return true;
        }
        string record = StoreKeys.Node(node.Name);
        string alive = StoreKeys.NodeAlive(node.Name);
        StoreTxn txn = new StoreTxn().If(record, node.Record?.ModRevision ?? 0).If(alive, node.Alive?.ModRevision ?? 0).Delete(record).Delete(alive);
        if (node.Current is { } number)
        {
            txn.If(number.Key, number.ModRevision).Put(number.Key, NumberHolder.Of(number).Former(node.Number).ToBytes());
        }
        return (await store.TxnAsync(txn, cancellationToken)).Succeeded;
    }

    /// <summary>Takes what is filed under the number, then under the name, then the number.</summary>
    private async Task FinishAsync(NodeToForget node, CancellationToken cancellationToken)
    {
        StoreEntry? number = node.Number == 0 ? null : await store.GetAsync(StoreKeys.NodeNumber(node.Number), cancellationToken);
        if (number is not null && NumberHolder.Of(number).FormerName(node.Number) != node.Name)
        {
            throw new ResourceException(RefusalReason.Busy, $"number {node.Number} of node {Quoted.Text(node.Name)} was written anew meanwhile; try again");
        }
        if (number is not null)
        {
            await TakeBlocksAsync(node, number, cancellationToken);
        }
        if (node.HasName)
        {
            await DeleteOfNameAsync(node.Name, cancellationToken);
            await store.TxnAsync(new StoreTxn().Delete(StoreKeys.EnforcedBy(node.Name)), cancellationToken);
        }
        if (number is not null)
        {
            await store.TxnAsync(
                new StoreTxn().If(number.Key, number.ModRevision).Delete(number.Key).Delete(StoreKeys.Hold(node.Number)).Delete(StoreKeys.NodeAway(node.Number)), cancellationToken);
        }
    }

    /// <summary>The first of them, but for those that only a copy lists: a store that lost its data need not learn of blocks that are nobody's.</summary>
    private async Task<List<StoreEntry>> StoredAsync(List<StoreEntry> owned, CancellationToken cancellationToken)
    {
        List<StoreEntry> stored = [];
        foreach (StoreEntry entry in owned)
        {
            if (stored.Count < MostTaken && await store.GetAsync(entry.Key, cancellationToken) is not null)
            {
                stored.Add(entry);
            }
        }
        return stored;
    }

    private async Task TakeBlocksAsync(NodeToForget node, StoreEntry number, CancellationToken cancellationToken)
    {
        int lost = 0;
        while (await StoredAsync(await OwnedByAsync(node.Number, cancellationToken), cancellationToken) is { Count: > 0 } owned)
        {
            StoreTxn txn = new StoreTxn().If(number.Key, number.ModRevision);
            foreach (StoreEntry entry in owned)
            {
                txn.If(entry.Key, entry.ModRevision);
                _ = BlockClaims.TryRead(entry) is null ? txn.Delete(entry.Key) : txn.Put(entry.Key, BlockClaims.Quarantine(entry));
            }
            // The node itself may have given one up, or confirmed it, meanwhile: look again.
            if (!(await store.TxnAsync(txn, cancellationToken)).Succeeded && ++lost == Attempts)
            {
                throw new ResourceException(RefusalReason.Busy, $"blocks of node {Quoted.Text(node.Name)} changed {Attempts} times meanwhile; try again");
            }
        }
    }

    /// <summary>Deletes endpoints, copies of allocations and imports, as long as no node of that name is there: one that came back sees to its own.</summary>
    private async Task DeleteOfNameAsync(string name, CancellationToken cancellationToken)
    {
        IEnumerable<StoreEntry> entries = (await EndpointsOfAsync(name, cancellationToken)).Select(e => e.Entry)
            .Concat((await store.RangeAsync(StoreKeys.AllocationsOf(name), cancellationToken)).Entries);
        foreach (StoreEntry[] some in entries.Chunk(MostTaken))
        {
            StoreTxn txn = new StoreTxn().IfAbsent(StoreKeys.Node(name)).IfAbsent(StoreKeys.NodeAlive(name));
            Array.ForEach(some, entry => txn.Delete(entry.Key));
            if (!(await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                return;
            }
        }
        string imports = StoreKeys.Import(name, "");
        foreach (StoreEntry entry in (await store.RangeAsync(imports, cancellationToken)).Entries)
        {
            await ForgetImportAsync(name, entry.Key[imports.Length..], cancellationToken);
        }
    }
}
