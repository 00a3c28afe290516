using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Ipam;

/// <summary>Reads what is known of addresses, has it compared, and frees what is proven to be leaked. Thread-safe.</summary>
internal sealed class AddressAudit(
    IStore store, NodeIdentity node, AddressAllocator allocator, AttachmentTable table, Func<IReadOnlyList<Pool>> pools, NodeLock nodeLock) : IAddressAudit
{
    /// <summary>What the kernel has. With the node's lock held.</summary>
    public required Func<KernelAddresses> Kernel { get; init; }

    /// <summary>Undoes an attachment whose container is gone, with why. False when it is not.</summary>
    public required Func<ulong, string, Task<bool>> Collect { get; init; }

    public async Task<CheckAddressesReply> CheckAsync(CancellationToken cancellationToken)
    {
        StoreRange blocks = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        StoreRange copies = await store.RangeAsync(StoreKeys.Allocations, cancellationToken);
        Dictionary<uint, string> names = await NamesAsync(cancellationToken);
        AuditFacts facts;
        // Nobody takes or gives back an address meanwhile: one that is being attached is on neither side, or on both.
        using (await nodeLock.EnterAsync(cancellationToken))
        {
            facts = new AuditFacts
            {
                Node = node.Number,
                Pools = pools(),
                Blocks = blocks.Entries,
                NodeNames = names,
                Copies = copies.Entries,
                Attachments = table.All,
                Used = allocator.InUse(),
                Conflicts = allocator.Conflicts,
                Kernel = Kernel(),
            };
        }
        return AddressFindings.Find(facts);
    }

    public async Task<string> ReleaseAsync(string address, string network, CancellationToken cancellationToken)
    {
        if (!AddressNumber.TryParse(address, out IPAddress? wanted))
        {
            throw new ResourceException(RefusalReason.Invalid, $"\"{address}\" is not an address");
        }
        Pool pool = pools().FirstOrDefault(p => (network.Length == 0 || p.Network == network) && Cidr.TryParse(p.Cidr, out Cidr range) && range.Contains(wanted))
            ?? throw new ResourceException(RefusalReason.NotFound, $"{wanted} is in no pool{(network.Length == 0 ? "" : $" of network {network}")}; `weft get pools` lists them");
        AttachmentRecord? holder = allocator.HolderOf(pool.Network, wanted);
        if (holder is not null)
        {
            return await ReleaseFromAsync(holder, wanted);
        }
        using (await nodeLock.EnterAsync(cancellationToken))
        {
            if (allocator.InUse().Contains((pool.Network, wanted)))
            {
                if (allocator.HolderOf(pool.Network, wanted) is { } since)
                {
                    throw InUse(since, wanted);
                }
                allocator.Release(pool.Network, [wanted]);
                return $"{wanted} counted as used in network {pool.Network} and no attachment had it; it rests, and then can be given out";
            }
        }
        return await ForgetCopyAsync(pool, wanted, cancellationToken);
    }

    /// <summary>Undoes the attachment that has an address, if its container is gone for certain.</summary>
    private async Task<string> ReleaseFromAsync(AttachmentRecord holder, IPAddress address)
    {
        string? why = holder.BootId != node.BootId ? "the node has been rebooted"
            : NamespaceTraces.Find(holder) == NamespaceTrace.Gone ? $"its namespace {holder.Netns} is gone"
            : null;
        return why is not null && await Collect(holder.Id, $"weft ipam release: {why}")
            ? $"{address} was of {Describe(holder)}; {why}, so all of it is undone"
            : throw InUse(holder, address);
    }

    /// <summary>Deletes what a node that does not exist any more published of an address.</summary>
    private async Task<string> ForgetCopyAsync(Pool pool, IPAddress address, CancellationToken cancellationToken)
    {
        Dictionary<uint, string> names = await NamesAsync(cancellationToken);
        bool forgotten = false;
        foreach (StoreEntry entry in (await store.RangeAsync(StoreKeys.Allocations, cancellationToken)).Entries)
        {
            string publisher = AddressFindings.NodeOfCopy(entry);
            if (AddressFindings.ReadCopy(entry) is not { } copy || copy.Network != pool.Network || names.ContainsValue(publisher)
                || copy.Addresses.FirstOrDefault(a => a.Address == address.ToString()) is not { } listed)
            {
                continue;
            }
            copy.Addresses.Remove(listed);
            StoreTxn txn = new StoreTxn().If(entry.Key, entry.ModRevision);
            _ = copy.Addresses.Count == 0 ? txn.Delete(entry.Key) : txn.Put(entry.Key, copy.ToByteArray());
            forgotten |= (await store.TxnAsync(txn, cancellationToken)).Succeeded;
        }
        if (forgotten)
        {
            return $"{address} was published by a node that does not exist any more; that is forgotten";
        }
        Cidr range = Cidr.Containing(address, (int)pool.BlockSize);
        OwnedBlock? block = await store.GetAsync(StoreKeys.Block(pool.Name, range.ToString()), cancellationToken) is { } stored ? BlockClaims.TryRead(stored) : null;
        throw new ResourceException(RefusalReason.InUse, block is null || block.Owner == 0 ? $"{address} is free: nobody has its block {range} of pool {pool.Name}"
            : block.Owner == node.Number ? $"{address} is free, or rests after its last use; nothing is leaked"
            : $"{address} is in block {range} of node {names.GetValueOrDefault(block.Owner, $"number {block.Owner}")}, which alone can tell; run `weft ipam release {address}` there");
    }

    private static ResourceException InUse(AttachmentRecord holder, IPAddress address) => new(
        RefusalReason.InUse, $"{address} is in use by {Describe(holder)}, and it is not proven that this is gone; delete the container");

    private static string Describe(AttachmentRecord holder) =>
        $"{holder.EndpointNamespace}/{holder.EndpointName} (container {holder.Key.ContainerId}, {holder.Key.InterfaceName})";

    private async Task<Dictionary<uint, string>> NamesAsync(CancellationToken cancellationToken) =>
        Gathering.NamesOf(await store.RangeAsync(StoreKeys.NodeNumbers, cancellationToken));
}
