using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Nodes;

/// <summary>Who this node is, for as long as weftd runs.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Number">Given once, kept for life: 1 and up.</param>
/// <param name="BootId">Of the running kernel: what an earlier one made is gone.</param>
internal sealed record NodeIdentity(string Name, uint Number, string BootId)
{
    /// <summary>The kernel's own, new at each boot (random(4)).</summary>
    public static string ReadBootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The number the store has for this name, or the lowest free one, taken by one compare-and-put.</summary>
    /// <exception cref="StoreException">The store did not answer, or nodes are putting back what it lost: a number that looks free may be another node's.</exception>
    public static async Task<NodeIdentity> ClaimAsync(IStore store, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            StoreEntry? cluster = await store.GetAsync(StoreKeys.Cluster, cancellationToken);
            Dictionary<uint, string> numbers = Gathering.NamesOf(await store.RangeAsync(StoreKeys.NodeNumbers, cancellationToken));
            if (numbers.Where(n => n.Value == name).Select(n => n.Key).DefaultIfEmpty().Min() is > 0 and uint known)
            {
                return new NodeIdentity(name, known, ReadBootId());
            }
            if (ClusterState.TryRead(cluster) is { IsGathering: true })
            {
                throw new StoreException("the store lost its data, and this node is not among those that it knows again yet: no new node gets a number meanwhile")
                {
                    NextStep = "start weftd again when `weft status` on the other nodes says that the store is well",
                };
            }
            uint free = 1;
            while (numbers.ContainsKey(free))
            {
                free++;
            }
            TxnResult claimed = await store.TxnAsync(
                new StoreTxn().If(StoreKeys.Cluster, cluster?.ModRevision ?? 0).IfAbsent(StoreKeys.NodeNumber(free)).Put(StoreKeys.NodeNumber(free), System.Text.Encoding.UTF8.GetBytes(name)),
                cancellationToken);
            if (claimed.Succeeded)
            {
                return new NodeIdentity(name, free, ReadBootId());
            }
            // Another node took that number meanwhile.
        }
    }

    /// <summary>Writes the node's record, unless it is stored so already. Whether it is cordoned is others' to say and stays as it is stored.</summary>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task<bool> PublishAsync(IStore store, Node node, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Node(node.Name);
        while (true)
        {
            StoreEntry? stored = await store.GetAsync(key, cancellationToken);
            Node wanted = node.Clone();
            wanted.Cordoned = stored is not null && KnownNode.TryRead(node.Name, stored.Value, out KnownNode? known, out _) && known.IsCordoned;
            byte[] value = wanted.ToByteArray();
            // Compared as bytes: what cannot be read is written anew.
            if (stored is not null && stored.Value.Span.SequenceEqual(value))
            {
                return false;
            }
            if ((await store.TxnAsync(new StoreTxn().If(key, stored?.ModRevision ?? 0).Put(key, value), cancellationToken)).Succeeded)
            {
                return true;
            }
        }
    }
}
