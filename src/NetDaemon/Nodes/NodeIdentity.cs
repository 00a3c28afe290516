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
    /// <summary>Which installation this is; "" where no other node can be.</summary>
    public string Machine { get; init; } = "";

    /// <summary>The lease of the sign of life that it was claimed with; 0: none.</summary>
    public long Lease { get; init; }

    /// <summary>As the store has the number's holder.</summary>
    public NumberHolder Holder => new(Name, Machine);

    /// <summary>The kernel's own, new at each boot (random(4)).</summary>
    public static string ReadBootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The number that the store has for this name, or the next one. For a store that is this node's alone.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static Task<NodeIdentity> ClaimAsync(IStore store, string name, CancellationToken cancellationToken) =>
        new NodeClaim(store, name, "", ReadBootId(), TimeProvider.System).ClaimAsync(cancellationToken);

    /// <summary>
    /// Writes the node's record, unless it is stored so already. Whether it is cordoned or draining is others' to say and stays as it is stored, and when it joined stays as
    /// the same installation said first. Another installation's record is left alone, unless that had the name before: then it is from a backup of the store.
    /// </summary>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task<bool> PublishAsync(IStore store, Node node, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Node(node.Name);
        while (true)
        {
            StoreEntry? stored = await store.GetAsync(key, cancellationToken);
            Node wanted = node.Clone();
            if (stored is not null && KnownNode.TryRead(node.Name, stored.Value, out KnownNode? known, out _))
            {
                Node record = known.Record;
                if (record.MachineId.Length > 0 && node.MachineId.Length > 0 && record.MachineId != node.MachineId && record.Number >= node.Number)
                {
                    return false;
                }
                (wanted.Cordoned, wanted.Draining) = (record.Cordoned, record.Draining);
                wanted.JoinedUnixMs = record.JoinedUnixMs > 0 && record.Number == node.Number ? record.JoinedUnixMs : node.JoinedUnixMs;
            }
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
