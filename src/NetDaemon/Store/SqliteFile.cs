using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Weft.NetDaemon.Store;

/// <summary>
/// One SQLite file that one process owns: WAL, one connection, one writer at a time, everything that goes wrong a
/// <see cref="StoreException"/>. Thread-safe: each call holds the file for its length.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly List<SqliteStatement> _statements = [];
    private bool _durable = true;
    private bool _disposed;

    private SqliteFile(string path, SqliteConnection connection) => (Path, _connection) = (path, connection);

    public string Path { get; }

    /// <summary>Opens or creates the file, and its directory, for this process alone.</summary>
    /// <param name="directory">The state directory; created with mode 0700 when missing.</param>
    /// <param name="fileName">Name of the file in it.</param>
    /// <param name="schemaVersion">Version that <paramref name="createSchema"/> makes; kept in the file's user_version.</param>
    /// <param name="createSchema">SQL for an empty file.</param>
    /// <exception cref="StoreException">The directory or file cannot be used, another process holds it, or a newer weftd wrote it.</exception>
    public static SqliteFile Open(string directory, string fileName, int schemaVersion, string createSchema)
    {
        string path = System.IO.Path.Combine(directory, fileName);
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // SQLite would create it by the umask; its -wal file takes the mode over from here.
            File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"the state directory {directory} cannot be used: {e.Message}", e)
            {
                NextStep = "make the directory writable for weftd, or name another with --state-dir",
            };
        }
        // A pooled connection would keep the file locked after it is closed; one second is for a predecessor that is about to end.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
        var file = new SqliteFile(path, connection);
        try
        {
            connection.Open();
            file.Configure();
            file.EnsureSchema(schemaVersion, createSchema);
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            throw e is SqliteException sqlite ? SqliteErrors.Translate(sqlite, "open", path) : e;
        }
    }

    /// <summary>Asks whether the file can be written, without writing: a file system that met errors is read-only from then on.</summary>
    /// <exception cref="StoreException">It cannot.</exception>
    public void RequireWritable()
    {
        try
        {
            // Not the file itself: closing any descriptor of it would end the locks that SQLite holds on it (fcntl(2), F_SETLK). What SQLite appends
            // to has none, and is there for as long as the file is open.
            File.OpenHandle(Path + "-wal", FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (FileNotFoundException)
        {
            // Nothing has been written yet: the first write will tell.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{Path} cannot be written: {e.Message}", e)
            {
                NextStep = "make its file system writable; the kernel's log tells if errors made it read-only. Containers that run are not affected",
            };
        }
    }

    /// <summary>A statement with parameters $1, $2 and so on, prepared at its first use and owned by this file.</summary>
    public SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(_connection, sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs a body that only reads.</summary>
    /// <param name="operation">What is attempted, as in "read a block"; for the message.</param>
    /// <param name="body">Statements of this file.</param>
    /// <exception cref="StoreException">The file could not be read.</exception>
    public T Read<T>(string operation, Func<T> body)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                return body();
            }
            catch (SqliteException e)
            {
                throw SqliteErrors.Translate(e, operation, Path);
            }
        }
    }

    /// <summary>Runs a body in one transaction: all of it is done on return, or nothing when it throws.</summary>
    /// <param name="operation">What is attempted; for the message.</param>
    /// <param name="durable">Whether it must outlive a power loss on return. False saves the fsync; it still outlives the process.</param>
    /// <param name="body">Statements of this file. May be run twice, so it changes nothing but the file.</param>
    /// <exception cref="StoreException">The file could not be written.</exception>
    public T Write<T>(string operation, bool durable, Func<T> body)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                SetDurable(durable);
                try
                {
                    return Transact(body);
                }
                catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_FULL && TryRewindLog())
                {
                    // The write-ahead log could not grow. Once all of it is in the file proper it starts over and needs no new space,
                    // nor does what only changes or deletes rows: so a disk that others filled still takes a DEL.
                    return Transact(body);
                }
            }
            catch (SqliteException e)
            {
                throw SqliteErrors.Translate(e, operation, Path);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
            foreach (SqliteStatement statement in _statements)
            {
                statement.Dispose();
            }
            _connection.Dispose();
        }
    }

    private T Transact<T>(Func<T> body)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            T result = body();
            Execute("COMMIT");
            return result;
        }
        catch
        {
            // SQLite rolls some failures back by itself, and refuses to do it twice.
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                Execute("ROLLBACK");
            }
            throw;
        }
    }

    private bool TryRewindLog() =>
        raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_RESTART, out _, out _) == raw.SQLITE_OK;

    private void SetDurable(bool durable)
    {
        if (durable != _durable)
        {
            Execute(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
            _durable = durable;
        }
    }

    private void Configure()
    {
        // Exclusive locking keeps a second weftd out and lets WAL do without a shared-memory file. It must come before the first access.
        Execute("PRAGMA locking_mode=EXCLUSIVE");
        using (SqliteCommand command = _connection.CreateCommand())
        {
            command.CommandText = "PRAGMA journal_mode=WAL";
            if (command.ExecuteScalar() is not "wal")
            {
                throw new StoreException($"{Path} is on a file system that does not take a write-ahead log")
                {
                    NextStep = "put the state directory on a local disk (--state-dir)",
                };
            }
        }
        Execute("PRAGMA synchronous=FULL");
        Execute("PRAGMA cache_size=-256");              // KiB; the default is 2,000
        Execute("PRAGMA journal_size_limit=4194304");   // bytes that the log keeps after a checkpoint
        Execute("BEGIN IMMEDIATE");                     // takes the lock now: later would be too late to refuse to start
        Execute("COMMIT");
    }

    private void EnsureSchema(int wanted, string createSchema)
    {
        long found;
        using (SqliteCommand command = _connection.CreateCommand())
        {
            command.CommandText = "PRAGMA user_version";
            found = (long)command.ExecuteScalar()!;
        }
        if (found == 0)
        {
            Execute($"BEGIN IMMEDIATE; {createSchema}; PRAGMA user_version={wanted}; COMMIT");
        }
        else if (found != wanted)
        {
            throw new StoreException($"{Path} has schema {found}, and this weftd knows schema {wanted} only")
            {
                NextStep = found > wanted ? "run the weftd that wrote it, or a newer one" : "run the weftd that wrote it",
            };
        }
    }

    // Not prepared: PRAGMA synchronous takes effect when it is compiled, and the rest costs a microsecond or two.
    private void Execute(string sql)
    {
        int code = raw.sqlite3_exec(_connection.Handle, sql);
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException(
                raw.sqlite3_errmsg(_connection.Handle).utf8_to_string(), code & 0xff, raw.sqlite3_extended_errcode(_connection.Handle));
        }
    }
}
