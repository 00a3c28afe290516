namespace Weft.NetDaemon.Store;

internal sealed partial class EmbeddedStore
{
    private sealed class Statements(SqliteFile file)
    {
        private const string Columns = "key, value, create_revision, mod_revision, version, lease";

        public SqliteStatement GetMeta { get; } = file.Prepare("SELECT value FROM meta WHERE name = $1");

        public SqliteStatement SetMeta { get; } = file.Prepare("UPDATE meta SET value = $1 WHERE name = $2");

        public SqliteStatement Get { get; } = file.Prepare($"SELECT {Columns} FROM kv WHERE key = $1");

        public SqliteStatement GetModRevision { get; } = file.Prepare("SELECT mod_revision FROM kv WHERE key = $1");

        // From the prefix on; the reader stops at the first key without it. An upper bound would have to be text, which "the next byte" need not be.
        public SqliteStatement Range { get; } = file.Prepare($"SELECT {Columns} FROM kv WHERE key >= $1 ORDER BY key");

        public SqliteStatement Put { get; } = file.Prepare($"INSERT OR REPLACE INTO kv ({Columns}) VALUES ($1, $2, $3, $4, $5, $6)");

        public SqliteStatement Delete { get; } = file.Prepare("DELETE FROM kv WHERE key = $1");

        public SqliteStatement Log { get; } = file.Prepare("INSERT INTO log VALUES ($1, $2, $3, $4, $5, $6)");

        public SqliteStatement History { get; } = file.Prepare(
            "SELECT revision, key, value, create_revision, version, lease FROM log WHERE revision >= $1 ORDER BY revision, key");

        public SqliteStatement Compact { get; } = file.Prepare("DELETE FROM log WHERE revision < $1");

        public SqliteStatement Leases { get; } = file.Prepare("SELECT id, ttl_ms FROM lease");

        public SqliteStatement GrantLease { get; } = file.Prepare("INSERT INTO lease (ttl_ms) VALUES ($1) RETURNING id");

        public SqliteStatement EndLease { get; } = file.Prepare("DELETE FROM lease WHERE id = $1");

        public SqliteStatement KeysOfLease { get; } = file.Prepare("SELECT key FROM kv WHERE lease = $1 AND lease <> 0 ORDER BY key");
    }
}
