namespace Weft.NetDaemon.Store;

/// <summary>
/// Keys with revisions, as etcd has them: what all nodes share. Every successful <see cref="TxnAsync"/> that writes takes the
/// next revision, and all its writes carry it. Keys are ordered by their UTF-8 bytes. Thread-safe.
/// </summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>What the store is called in `weft status`: "embedded" or "etcd".</summary>
    string Kind { get; }

    /// <summary>What is wrong with the store at the moment, or null.</summary>
    StoreTrouble? Trouble => null;

    /// <summary>Whether what is read may be an old copy, and nothing can be written. A store to which nodes are putting back what it lost is none such.</summary>
    bool IsAway => Trouble is { Kind: not StoreTroubleKind.Gathering };

    /// <summary>Where it is, for people, when that is not the state directory; else null.</summary>
    string? Location => null;

    /// <summary>The entry that a key had when it could be read last, as far as the store remembers: for whoever finds one that it cannot read. Asks nobody.</summary>
    StoreEntry? Remembered(string key) => null;

    /// <summary>The entry of one key, or null when it has none.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>All entries whose key starts with <paramref name="prefix"/>, in key order, as of one revision.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Does all of the transaction's operations if all of its conditions hold, or none of them; durable on return.</summary>
    /// <exception cref="StoreException">The store did not answer or could not write.</exception>
    ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken);

    /// <summary>
    /// Every change under <paramref name="prefix"/> with a revision of at least <paramref name="fromRevision"/>, oldest first,
    /// then each new one as it happens. All changes of one revision arrive in one batch.
    /// </summary>
    /// <exception cref="RevisionCompactedException">The history no longer reaches back that far: range again, watch from there.</exception>
    IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken);

    /// <summary>A lease that deletes its keys unless it is kept alive within its time to live.</summary>
    /// <returns>The lease's number, positive, for <see cref="StoreOperation.Put"/>.</returns>
    ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken);

    /// <summary>Starts the lease's time to live anew. False when it has expired already.</summary>
    ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken);

    /// <summary>Ends a lease and deletes its keys. Nothing happens when it has ended already.</summary>
    ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken);

    /// <summary>Forgets history before <paramref name="revision"/>; current entries stay.</summary>
    ValueTask CompactAsync(long revision, CancellationToken cancellationToken);
}

/// <param name="Key">The whole key.</param>
/// <param name="Value">The bytes that were put.</param>
/// <param name="CreateRevision">Revision that created the key, since it last did not exist.</param>
/// <param name="ModRevision">Revision that last changed it.</param>
/// <param name="Version">Writes since it was created: 1 and up.</param>
/// <param name="Lease">The lease that it lives by, or 0.</param>
internal sealed record StoreEntry(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long Version, long Lease);

/// <param name="Entries">In key order.</param>
/// <param name="Revision">The store's revision at which they all held: watch from the next one to miss nothing.</param>
internal sealed record StoreRange(IReadOnlyList<StoreEntry> Entries, long Revision);

/// <param name="Succeeded">Whether the conditions held and the operations were done.</param>
/// <param name="Revision">The store's revision after it.</param>
internal readonly record struct TxnResult(bool Succeeded, long Revision);

/// <summary>Conditions and, if all hold, operations. At most 128 operations (etcd's default limit).</summary>
internal sealed class StoreTxn
{
    private readonly List<StoreCondition> _conditions = [];
    private readonly List<StoreOperation> _operations = [];

    public IReadOnlyList<StoreCondition> Conditions => _conditions;

    public IReadOnlyList<StoreOperation> Operations => _operations;

    /// <summary>Only if the key does not exist.</summary>
    public StoreTxn IfAbsent(string key) => If(key, 0);

    /// <summary>Only if the key was last changed at that very revision; 0 means that it does not exist.</summary>
    public StoreTxn If(string key, long modRevision)
    {
        _conditions.Add(new StoreCondition(key, modRevision));
        return this;
    }

    public StoreTxn Put(string key, ReadOnlyMemory<byte> value, long lease = 0)
    {
        _operations.Add(new StoreOperation.Put(key, value, lease));
        return this;
    }

    /// <summary>Deletes a key; nothing happens when it does not exist.</summary>
    public StoreTxn Delete(string key)
    {
        _operations.Add(new StoreOperation.Delete(key));
        return this;
    }
}

/// <summary>The key's last change was at <paramref name="ModRevision"/>; 0: it does not exist.</summary>
internal readonly record struct StoreCondition(string Key, long ModRevision);

internal abstract record StoreOperation(string Key)
{
    internal sealed record Put(string Key, ReadOnlyMemory<byte> Value, long Lease) : StoreOperation(Key);

    internal sealed record Delete(string Key) : StoreOperation(Key);
}

/// <summary>The changes of one revision under the watched prefix, in key order.</summary>
internal sealed record WatchBatch(long Revision, IReadOnlyList<StoreChange> Changes);

/// <param name="Key">The whole key.</param>
/// <param name="Entry">What it is now, or null: deleted.</param>
internal sealed record StoreChange(string Key, StoreEntry? Entry);

/// <summary>The store could not be read or written.</summary>
internal class StoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the operator can do, one sentence.</summary>
    public string NextStep { get; init; } = "see weftd's log";
}

/// <summary>A watch asked for history that has been compacted away.</summary>
internal sealed class RevisionCompactedException(long asked, long oldest)
    : StoreException($"revision {asked} is compacted away; the oldest kept is {oldest}")
{
    /// <summary>The oldest revision that can be watched from.</summary>
    public long Oldest { get; } = oldest;
}
