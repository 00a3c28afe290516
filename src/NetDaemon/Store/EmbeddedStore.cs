using Microsoft.Data.Sqlite;

namespace Weft.NetDaemon.Store;

/// <summary>The store of a single node: store.db (SQLite) in the state directory, which it keeps to itself.</summary>
internal sealed partial class EmbeddedStore : IStore
{
    /// <summary>File name within the state directory.</summary>
    public const string FileName = "store.db";

    private const int SchemaVersion = 1;

    // kv is what is, log is what happened: a row of it with a null value is a deletion. TEXT compares by its UTF-8 bytes.
    private const string Schema = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES ('revision', 1), ('oldest', 1);
        CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB NOT NULL, create_revision INTEGER NOT NULL, mod_revision INTEGER NOT NULL,
                         version INTEGER NOT NULL, lease INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX kv_lease ON kv (lease) WHERE lease <> 0;
        CREATE TABLE log (revision INTEGER NOT NULL, key TEXT NOT NULL, value BLOB, create_revision INTEGER NOT NULL,
                          version INTEGER NOT NULL, lease INTEGER NOT NULL, PRIMARY KEY (revision, key)) WITHOUT ROWID;
        CREATE TABLE lease (id INTEGER PRIMARY KEY AUTOINCREMENT, ttl_ms INTEGER NOT NULL)
        """;

    private readonly Lock _lock = new();   // taken before the file's own; guards the fields below and the order of revisions
    private readonly SqliteFile _file;
    private readonly TimeProvider _time;
    private readonly Statements _sql;
    private readonly long _historyToKeep;
    private long _revision;
    private long _oldest;

    private EmbeddedStore(SqliteFile file, TimeProvider time, long historyToKeep)
    {
        (_file, _time, _historyToKeep) = (file, time, historyToKeep);
        _sql = new Statements(file);
        _file.Read("read the revision", () =>
        {
            _revision = _sql.GetMeta.QueryInteger("revision") ?? 1;
            _oldest = _sql.GetMeta.QueryInteger("oldest") ?? 1;
            return true;
        });
        LoadLeases();
        _expiry = ExpireLeasesAsync();
    }

    /// <summary>Its <see cref="Kind"/>.</summary>
    public const string KindName = "embedded";

    public string Kind => KindName;

    /// <summary>Opens or creates the store.</summary>
    /// <param name="stateDirectory">Created when missing.</param>
    /// <param name="time">The clock that leases expire by; its wall time is not looked at.</param>
    /// <param name="historyToKeep">Revisions that a watch can reach back; older ones are compacted away.</param>
    /// <exception cref="StoreException">The directory cannot be used, another weftd uses it, or a newer one wrote the file.</exception>
    public static EmbeddedStore Open(string stateDirectory, TimeProvider time, long historyToKeep = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(historyToKeep);
        SqliteFile file = SqliteFile.Open(stateDirectory, FileName, SchemaVersion, Schema);
        try
        {
            return new EmbeddedStore(file, time, historyToKeep);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_file.Read($"read {key}", () => Get(key)));
    }

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            List<StoreEntry> entries = [];
            _file.Read($"list {prefix}", () =>
            {
                _sql.Range.Query(row =>
                {
                    StoreEntry entry = ReadEntry(row);
                    bool within = entry.Key.StartsWith(prefix, StringComparison.Ordinal);
                    if (within)
                    {
                        entries.Add(entry);
                    }
                    return within;
                }, prefix);
                return true;
            });
            return ValueTask.FromResult(new StoreRange(entries, _revision));
        }
    }

    public ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoreTxnRules.Require(txn);
        lock (_lock)
        {
            (bool succeeded, Written written) = _file.Write(StoreTxnRules.Describe(txn), durable: true, () =>
                txn.Conditions.All(c => (_sql.GetModRevision.QueryInteger(c.Key) ?? 0) == c.ModRevision)
                    ? (true, Apply(txn.Operations))
                    : (false, default));
            Publish(written);
            return ValueTask.FromResult(new TxnResult(succeeded, _revision));
        }
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, _revision);
            if (revision > _oldest)
            {
                _file.Write("compact the history", durable: false, () => Compact(revision));
                _oldest = revision;
                SignalWatchers();
            }
        }
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        // Cancelling, awaiting and disposing a second time does nothing. The source is not disposed: it holds no timer, and a watch may still look at it.
        await _stop.CancelAsync();
        await _expiry;
        lock (_lock)
        {
            SignalWatchers();
            _file.Dispose();
        }
    }

    /// <summary>What a transaction of the file did: <c>default</c> is nothing.</summary>
    private readonly record struct Written(long Revision, long Oldest);

    /// <summary>Does operations at the next revision. Inside a write; changes no field.</summary>
    private Written Apply(IEnumerable<StoreOperation> operations)
    {
        long revision = _revision + 1;
        bool changed = false;
        foreach (StoreOperation operation in operations)
        {
            changed |= operation switch
            {
                StoreOperation.Put put => Put(put, revision),
                _ => Delete(operation.Key, revision),
            };
        }
        if (!changed)
        {
            return default;
        }
        _sql.SetMeta.Execute(revision, "revision");
        // Not at every write: each time a hundredth of the history has come on top.
        long oldest = revision - _historyToKeep + 1;
        return oldest - _oldest >= Math.Max(1, _historyToKeep / 100) ? new Written(revision, Compact(oldest)) : new Written(revision, _oldest);
    }

    private bool Put(StoreOperation.Put put, long revision)
    {
        if (put.Lease != 0 && !IsAlive(put.Lease))
        {
            throw new StoreException($"could not put {put.Key}: its lease {put.Lease} has expired") { NextStep = "take a new lease" };
        }
        StoreEntry? old = Get(put.Key);
        byte[] value = put.Value.ToArray();
        long created = old?.CreateRevision ?? revision;
        long version = (old?.Version ?? 0) + 1;
        _sql.Put.Execute(put.Key, value, created, revision, version, put.Lease);
        _sql.Log.Execute(revision, put.Key, value, created, version, put.Lease);
        return true;
    }

    private bool Delete(string key, long revision)
    {
        if (_sql.Delete.Execute(key) == 0)
        {
            return false;
        }
        _sql.Log.Execute(revision, key, null, 0, 0, 0);
        return true;
    }

    private long Compact(long oldest)
    {
        _sql.Compact.Execute(oldest);
        _sql.SetMeta.Execute(oldest, "oldest");
        return oldest;
    }

    private void Publish(Written written)
    {
        if (written != default)
        {
            (_revision, _oldest) = (written.Revision, written.Oldest);
            SignalWatchers();
        }
    }

    private StoreEntry? Get(string key)
    {
        StoreEntry? entry = null;
        _sql.Get.Query(row =>
        {
            entry = ReadEntry(row);
            return false;
        }, key);
        return entry;
    }

    private static StoreEntry ReadEntry(SqliteDataReader row) =>
        new(row.GetString(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5));
}
