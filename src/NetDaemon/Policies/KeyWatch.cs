using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// Follows the keys under one prefix, change by change. A store that is suddenly empty or older than before takes nothing away: policies that vanish would open what they closed.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="prefix">Of the keys.</param>
/// <param name="time">For retries.</param>
internal sealed class KeyWatch(IStore store, string prefix, TimeProvider time)
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private long _revision;

    public string Prefix { get; } = prefix;

    /// <summary>Whether it was ever read.</summary>
    public bool IsLoaded => _revision > 0;

    /// <summary>The store's revision of what was read last; 0: nothing was.</summary>
    public long Revision => _revision;

    /// <summary>Why keys that the store does not list are kept, or null.</summary>
    public string? Kept { get; private set; }

    /// <summary>Called with what went wrong whenever the store does not answer.</summary>
    public Action<StoreException> Away { get; init; } = _ => { };

    /// <summary>Reads all keys.</summary>
    /// <returns>All entries, and the deletions of those that were known and are not there any more.</returns>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<IReadOnlyList<StoreChange>> LoadAsync(CancellationToken cancellationToken)
    {
        StoreRange range = await store.RangeAsync(Prefix, cancellationToken);
        HashSet<string> listed = new(range.Entries.Select(entry => entry.Key), StringComparer.Ordinal);
        string[] missing = [.. _known.Where(key => !listed.Contains(key))];
        Kept = missing.Length == 0 ? null
            : range.Entries.Count == 0 && missing.Length > 1 ? $"the store lists nothing under {Prefix} any more; the {missing.Length} that are known stay in force"
            : range.Revision < _revision ? $"the store went back from revision {_revision} to {range.Revision}; {missing.Length} under {Prefix} that it does not list stay in force"
            : null;
        _revision = Math.Max(_revision, range.Revision);
        string[] gone = Kept is null ? missing : [];
        _known.ExceptWith(gone);
        _known.UnionWith(listed);
        return [.. range.Entries.Select(entry => new StoreChange(entry.Key, entry)), .. gone.Select(key => new StoreChange(key, null))];
    }

    /// <summary>Hands on each change until cancelled.</summary>
    /// <param name="take">Called with the changes of one revision, and the revision that they lead to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Func<IReadOnlyList<StoreChange>, long, Task> take, CancellationToken cancellationToken)
    {
        bool mustLoad = !IsLoaded;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (mustLoad)
                {
                    await take(await LoadAsync(cancellationToken), _revision);
                    mustLoad = false;
                }
                await foreach (WatchBatch batch in store.WatchAsync(Prefix, _revision + 1, cancellationToken))
                {
                    foreach (StoreChange change in batch.Changes)
                    {
                        _ = change.Entry is null ? _known.Remove(change.Key) : _known.Add(change.Key);
                    }
                    await take(batch.Changes, batch.Revision);
                    _revision = batch.Revision;
                }
            }
            catch (RevisionCompactedException)
            {
                mustLoad = true;
            }
            catch (StoreException e)
            {
                Away(e);
                mustLoad = true;
                await Task.Delay(StoreRetry, time, cancellationToken);
            }
        }
    }
}
