using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;

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
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task<NodeIdentity> ClaimAsync(IStore store, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            StoreRange numbers = await store.RangeAsync(StoreKeys.NodeNumbers, cancellationToken);
            uint free = 1;
            foreach (StoreEntry entry in numbers.Entries)
            {
                uint number = uint.Parse(entry.Key.AsSpan(StoreKeys.NodeNumbers.Length));
                if (System.Text.Encoding.UTF8.GetString(entry.Value.Span) == name)
                {
                    return new NodeIdentity(name, number, ReadBootId());
                }
                free = number == free ? free + 1 : free;
            }
            TxnResult claimed = await store.TxnAsync(
                new StoreTxn().IfAbsent(StoreKeys.NodeNumber(free)).Put(StoreKeys.NodeNumber(free), System.Text.Encoding.UTF8.GetBytes(name)),
                cancellationToken);
            if (claimed.Succeeded)
            {
                return new NodeIdentity(name, free, ReadBootId());
            }
            // Another node took that number meanwhile.
        }
    }

    /// <summary>Writes the node's record, unless it is stored so already.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task PublishAsync(IStore store, Node node, CancellationToken cancellationToken)
    {
        StoreEntry? stored = await store.GetAsync(StoreKeys.Node(node.Name), cancellationToken);
        // Compared as bytes: what cannot be read is written anew.
        if (stored is null || !stored.Value.Span.SequenceEqual(node.ToByteArray()))
        {
            await store.TxnAsync(new StoreTxn().Put(StoreKeys.Node(node.Name), node.ToByteArray()), cancellationToken);
        }
    }
}
