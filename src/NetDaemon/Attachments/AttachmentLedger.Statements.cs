using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

internal sealed partial class AttachmentLedger
{
    private sealed class Statements(SqliteFile file)
    {
        public SqliteStatement All { get; } = file.Prepare($"SELECT id, {AttachmentRow.Columns} FROM attachment ORDER BY id");

        public SqliteStatement One { get; } = file.Prepare($"SELECT id, {AttachmentRow.Columns} FROM attachment WHERE id = $1");

        public SqliteStatement Insert { get; } = file.Prepare(
            $"INSERT INTO attachment ({AttachmentRow.Columns}) VALUES ({AttachmentRow.Parameters}) RETURNING id");

        public SqliteStatement SetState { get; } = file.Prepare("UPDATE attachment SET state = $1 WHERE id = $2");

        public SqliteStatement Describe { get; } = file.Prepare(
            "UPDATE attachment SET endpoint_namespace = $1, endpoint_name = $2, endpoint_uid = $3, labels = $4, options = $5 WHERE id = $6");

        public SqliteStatement Delete { get; } = file.Prepare("DELETE FROM attachment WHERE id = $1");

        // Changes no row when another attachment has the address.
        public SqliteStatement TakeAddress { get; } = file.Prepare("""
            INSERT INTO address VALUES ($1, $2, $3, NULL, NULL, NULL)
            ON CONFLICT DO UPDATE SET attachment = excluded.attachment WHERE attachment IS NULL
            """);

        // The order of releases must not depend on a clock, which may be set back; the time only tells when the cool-down is over.
        public SqliteStatement ReleaseAddress { get; } = file.Prepare("""
            UPDATE address SET attachment = NULL, released_ms = $3, release_order = $4, owner = $5 WHERE weft_network = $1 AND address = $2
            """);

        public SqliteStatement LastRelease { get; } = file.Prepare("SELECT MAX(release_order) FROM address");

        // Back to the release before, if there was one: it may still be cooling.
        public SqliteStatement ReturnAddress { get; } = file.Prepare(
            "UPDATE address SET attachment = NULL WHERE weft_network = $1 AND address = $2 AND released_ms IS NOT NULL");

        public SqliteStatement ForgetAddress { get; } = file.Prepare("DELETE FROM address WHERE weft_network = $1 AND address = $2");

        public SqliteStatement Released { get; } = file.Prepare(
            "SELECT weft_network, address, released_ms, COALESCE(owner, '') FROM address WHERE attachment IS NULL ORDER BY release_order");

        public SqliteStatement HolderOf { get; } = file.Prepare("SELECT attachment FROM address WHERE weft_network = $1 AND address = $2");

        public SqliteStatement Prune { get; } = file.Prepare("DELETE FROM address WHERE attachment IS NULL AND released_ms < $1");
    }
}
