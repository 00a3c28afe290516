using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>Publishes, block by block, which attachment has which address of this node's: for `weft ipam check`, nothing is decided by it. One owner calls it.</summary>
/// <param name="store">Where to.</param>
/// <param name="node">This node's name.</param>
/// <param name="attachments">All attachments of this node.</param>
/// <param name="allocator">This node's blocks.</param>
/// <param name="pools">All pools.</param>
internal sealed class AllocationCopies(
    IStore store, string node, Func<IReadOnlyList<AttachmentRecord>> attachments, AddressAllocator allocator, Func<IReadOnlyList<Pool>> pools)
{
    // What is published, by key; null: not known, as after a start.
    private Dictionary<string, ByteString>? _published;

    /// <summary>The store may have lost what was published: the next call looks.</summary>
    public void Forget() => _published = null;

    /// <summary>Publishes what is different from what was published.</summary>
    /// <returns>How many blocks' copies were written or deleted.</returns>
    /// <exception cref="StoreException">The store did not answer: the next call goes on.</exception>
    public async Task<int> PublishAsync(CancellationToken cancellationToken)
    {
        _published ??= (await store.RangeAsync(StoreKeys.AllocationsOf(node), cancellationToken)).Entries
            .ToDictionary(e => e.Key, e => ByteString.CopyFrom(e.Value.Span), StringComparer.Ordinal);
        Dictionary<string, ByteString> wanted = Build();
        (string Key, ByteString? Value)[] changes =
        [
            .. wanted.Where(w => !_published.TryGetValue(w.Key, out ByteString? now) || !now.Equals(w.Value)).Select(w => (w.Key, (ByteString?)w.Value)),
            .. _published.Keys.Where(key => !wanted.ContainsKey(key)).Select(key => (key, (ByteString?)null)),
        ];
        foreach ((string Key, ByteString? Value)[] some in changes.Chunk(StoreTxnRules.MaximumOperations))
        {
            var txn = new StoreTxn();
            foreach ((string key, ByteString? value) in some)
            {
                _ = value is null ? txn.Delete(key) : txn.Put(key, value.Memory);
            }
            try
            {
                await store.TxnAsync(txn, cancellationToken);
            }
            catch (StoreException)
            {
                _published = null;      // some of it may be there
                throw;
            }
            foreach ((string key, ByteString? value) in some)
            {
                _ = value is null ? _published.Remove(key) : (_published[key] = value) is not null;
            }
        }
        return changes.Length;
    }

    private Dictionary<string, ByteString> Build()
    {
        List<(Cidr Range, BlockAllocations Copy)> blocks = [];
        foreach (PoolUsage pool in allocator.Usage(pools()))
        {
            blocks.AddRange(pool.Blocks.Select(b => (
                b.Cidr, new BlockAllocations { Pool = pool.Pool, Network = pool.Network, Cidr = b.Cidr.ToString(), Epoch = b.Epoch })));
        }
        ILookup<string, (Cidr Range, BlockAllocations Copy)> byNetwork = blocks.ToLookup(b => b.Copy.Network);
        foreach (AttachmentRecord attachment in attachments())
        {
            foreach (AttachmentAddress address in attachment.Addresses)
            {
                byNetwork[attachment.WeftNetwork].FirstOrDefault(b => b.Range.Contains(address.Address)).Copy?.Addresses.Add(new Contracts.V1.AllocatedAddress
                {
                    Address = address.Address.ToString(),
                    Namespace = attachment.EndpointNamespace,
                    Name = attachment.EndpointName,
                    ContainerId = attachment.Key.ContainerId,
                    InterfaceName = attachment.Key.InterfaceName,
                    CreatedUnixMs = attachment.Created.ToUnixTimeMilliseconds(),
                });
            }
        }
        return blocks.Where(b => b.Copy.Addresses.Count > 0)
            .ToDictionary(b => StoreKeys.AllocationsOf(node, b.Copy.Pool, b.Copy.Cidr), b => b.Copy.ToByteString(), StringComparer.Ordinal);
    }
}
