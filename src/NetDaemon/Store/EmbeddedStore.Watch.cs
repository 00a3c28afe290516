using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Weft.NetDaemon.Store;

internal sealed partial class EmbeddedStore
{
    // A watch reads the history in pieces of about so many rows, so that it does not hold up writers for long.
    private const int HistoryPiece = 256;

    // Completed and replaced at each change. Watches hold no queue: each reads the history from where it is, however slow it is.
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    /// <remarks>Ends without an exception when the store is disposed.</remarks>
    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long next = fromRevision;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            List<WatchBatch> batches;
            bool more;
            lock (_lock)
            {
                if (_stop.IsCancellationRequested)
                {
                    yield break;
                }
                if (next < _oldest)
                {
                    throw new RevisionCompactedException(next, _oldest);
                }
                changed = _changed.Task;
                (batches, next, more) = ReadHistory(prefix, next);
            }
            foreach (WatchBatch batch in batches)
            {
                yield return batch;
            }
            if (!more)
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Reads changes from a revision on, whole revisions only.</summary>
    /// <returns>The changes, the revision to go on from, and whether that has happened already.</returns>
    private (List<WatchBatch> Batches, long Next, bool More) ReadHistory(string prefix, long from) =>
        _file.Read($"read the history of {prefix}", () =>
        {
            List<WatchBatch> batches = [];
            List<StoreChange> changes = [];
            long revision = 0;
            int rows = 0;
            bool more = false;
            _sql.History.Query(row =>
            {
                if (row.GetInt64(0) != revision)
                {
                    EndRevision();
                    more = rows >= HistoryPiece;
                    if (more)
                    {
                        return false;
                    }
                    revision = row.GetInt64(0);
                }
                rows++;
                string key = row.GetString(1);
                if (key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    changes.Add(ReadChange(row, key, revision));
                }
                return true;
            }, from);
            if (!more)
            {
                EndRevision();
            }
            return (batches, more ? revision + 1 : Math.Max(from, _revision + 1), more);

            void EndRevision()
            {
                if (changes.Count > 0)
                {
                    batches.Add(new WatchBatch(revision, changes));
                    changes = [];
                }
            }
        });

    private static StoreChange ReadChange(SqliteDataReader row, string key, long revision) =>
        new(key, row.IsDBNull(2)
            ? null
            : new StoreEntry(key, row.GetFieldValue<byte[]>(2), row.GetInt64(3), revision, row.GetInt64(4), row.GetInt64(5)));

    /// <summary>Wakes all watches. Under the lock.</summary>
    private void SignalWatchers()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
