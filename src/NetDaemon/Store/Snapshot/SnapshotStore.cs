using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Store.Etcd;

namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>
/// etcd with a memory. What all nodes must know is copied as it changes, and kept on disk. Reads go to etcd while it answers; otherwise, and while it
/// answers with less than was known, they are answered from the copy, and <see cref="Trouble"/> says so. Writes go to etcd alone.
/// </summary>
internal sealed partial class SnapshotStore : IStore
{
    // What one node writes for another to read, and few enough of each. Endpoints and copies of allocations are neither.
    private static readonly string[] Kept =
    [
        StoreKeys.Blocks, StoreKeys.Cluster, StoreKeys.Configuration, StoreKeys.Imports, StoreKeys.Moved,
        StoreKeys.Root + "network", StoreKeys.Root + "node", StoreKeys.Namespaces, StoreKeys.Policies, StoreKeys.Pools, StoreKeys.Reservations,
    ];

    // How long the first contact may take when there is something to go on with.
    private static readonly TimeSpan FirstContact = TimeSpan.FromSeconds(5);

    private readonly EtcdStore _etcd;
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PrefixMirror[] _mirrors;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private readonly Lock _lock = new();
    private readonly DateTimeOffset? _savedAt;      // of the snapshot that was read at start
    private readonly string _savedUuid;
    private StoreTrouble? _regression;
    private StoreRegressedException? _regressed;

    private SnapshotStore(EtcdStore etcd, string directory, TimeProvider time, ILogger logger)
    {
        (_etcd, _directory, _time, _logger) = (etcd, directory, time, logger);
        SnapshotContents? saved = SnapshotFile.TryRead(directory, out string problem);
        if (problem.Length > 0)
        {
            SnapshotLog.Unusable(logger, Path.Combine(directory, SnapshotFile.FileName), problem);
        }
        (_savedAt, _savedUuid) = (saved?.SavedAt, saved?.ClusterUuid ?? "");
        _mirrors = [.. Kept.Select(p => new PrefixMirror(p, saved?.Sections.FirstOrDefault(s => s.Prefix == p)))];
        _etcd.Expect(_mirrors.Max(m => m.Current.Revision));
        _etcd.Verify = VerifyAsync;
    }

    public string Kind => _etcd.Kind;

    /// <summary>The member that calls go to, as in messages.</summary>
    public string Endpoint => _etcd.Endpoint;

    public string? Location => $"{Endpoint}, copied to {Path.Combine(_directory, SnapshotFile.FileName)}";

    public StoreTrouble? Trouble
    {
        get
        {
            DateTimeOffset? snapshotOf = _mirrors.Any(m => m.Current.FromSnapshot) ? _savedAt : null;
            lock (_lock)
            {
                return (_regression ?? _etcd.Trouble) is { } trouble ? trouble with { SnapshotOf = snapshotOf } : null;
            }
        }
    }

    private bool HasCopy => _mirrors.All(m => m.Current.Revision > 0);

    /// <summary>Opens the store: with what etcd has or, while it is away, with what an earlier weftd knew.</summary>
    /// <param name="etcd">Owned by the result from here on.</param>
    /// <param name="directory">The state directory, which exists.</param>
    /// <param name="time">For intervals, and the time that a snapshot is marked with.</param>
    /// <param name="logger">Where losing and finding etcd is reported.</param>
    /// <param name="cancellationToken">Ends the wait for etcd.</param>
    /// <exception cref="StoreException">etcd does not answer, and there is no snapshot.</exception>
    public static async Task<SnapshotStore> OpenAsync(
        EtcdStore etcd, string directory, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var store = new SnapshotStore(etcd, directory, time, logger);
        try
        {
            await store.MeetAsync(cancellationToken);
            store._loops.AddRange(store._mirrors.Select(store.FollowAsync));
            store._loops.Add(store.SaveAsync());
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => ReadAsync(
        key, () => _etcd.GetAsync(key, cancellationToken), mirror => mirror.Entries.GetValueOrDefault(key));

    /// <inheritdoc/>
    /// <remarks>From the copy, the revision is the oldest of all that is copied: a watch from there misses nothing, whatever was read besides.</remarks>
    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => ReadAsync(
        prefix, () => _etcd.RangeAsync(prefix, cancellationToken), mirror => new StoreRange(
            [.. mirror.Entries.Values.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(e => e.Key, Utf8Order.Comparer)],
            _mirrors.Min(m => m.Current.Revision)));

    /// <inheritdoc/>
    /// <exception cref="StoreRegressedException">etcd lacks what was known: nothing is written into what may be another cluster.</exception>
    public ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        RequireSame();
        return _etcd.TxnAsync(txn, cancellationToken);
    }

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) =>
        _etcd.WatchAsync(prefix, fromRevision, cancellationToken);

    /// <summary>
    /// What is known of a prefix, from the copy: first all of it, then each change. Unlike <see cref="WatchAsync"/> it begins without etcd, and goes
    /// on over compactions by itself. Only prefixes that are copied.
    /// </summary>
    /// <exception cref="ArgumentException">The prefix is not copied.</exception>
    public async IAsyncEnumerable<MirrorStep> FollowAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PrefixMirror mirror = MirrorOf(prefix) ?? throw new ArgumentException($"{prefix} is not copied", nameof(prefix));
        MirrorStep step = mirror.Current;
        while (step.Revision == 0)
        {
            step = await step.Next.WaitAsync(cancellationToken);
        }
        yield return Within(step with { Changes = [.. step.Entries.Values.OrderBy(e => e.Key, Utf8Order.Comparer).Select(e => new StoreChange(e.Key, e))] });
        while (true)
        {
            step = await step.Next.WaitAsync(cancellationToken);
            if (Within(step) is { Changes.Count: > 0 } change)
            {
                yield return change;
            }
        }

        MirrorStep Within(MirrorStep whole) => prefix == mirror.Prefix
            ? whole
            : whole with { Changes = [.. whole.Changes.Where(c => c.Key.StartsWith(prefix, StringComparison.Ordinal))] };
    }

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        RequireSame();
        return _etcd.GrantLeaseAsync(timeToLive, cancellationToken);
    }

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken) => _etcd.KeepAliveAsync(lease, cancellationToken);

    public ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken) => _etcd.RevokeLeaseAsync(lease, cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => _etcd.CompactAsync(revision, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Task loop in _loops)
        {
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (_loops.Count > 0)
        {
            _loops.Clear();
            Save();
        }
        await _etcd.DisposeAsync();
    }

    /// <summary>Reads from etcd, or from the copy when that is all there is.</summary>
    private async ValueTask<T> ReadAsync<T>(string keyOrPrefix, Func<ValueTask<T>> fromEtcd, Func<MirrorStep, T> fromCopy)
    {
        MirrorStep? copy = MirrorOf(keyOrPrefix)?.Current is { Revision: > 0 } step ? step : null;
        // Who knows that etcd is away, or not the same, does not let each caller find out anew: the loops notice when that is over.
        if (copy is not null && HasCopy && _loops.Count > 0 && Trouble is not null)
        {
            return fromCopy(copy);
        }
        RequireSame();
        try
        {
            return await fromEtcd();
        }
        catch (StoreException e) when (copy is not null && HasCopy)
        {
            Notice(e);
            return fromCopy(MirrorOf(keyOrPrefix)!.Current);
        }
    }

    private PrefixMirror? MirrorOf(string keyOrPrefix) => Array.Find(_mirrors, m => m.Covers(keyOrPrefix));

    /// <summary>Is it still the cluster that the copy is of? An empty etcd is not.</summary>
    /// <exception cref="StoreRegressedException">No.</exception>
    /// <exception cref="StoreException">etcd did not answer.</exception>
    private async Task VerifyAsync(CancellationToken cancellationToken)
    {
        string known = UuidOf(MirrorOf(StoreKeys.Cluster)!.Current.Entries.GetValueOrDefault(StoreKeys.Cluster)) is { Length: > 0 } uuid ? uuid : _savedUuid;
        StoreEntry? entry = await _etcd.GetAsync(StoreKeys.Cluster, cancellationToken);
        string found = UuidOf(entry);
        if (known.Length > 0 && found != known)
        {
            long revision = _mirrors.Max(m => m.Current.Revision);
            throw new StoreRegressedException(
                $"etcd at {Endpoint} holds {(found.Length == 0 ? "no Weft cluster" : $"Weft cluster {found}")}, but this node belongs to {known}", revision, entry?.ModRevision ?? 0)
            { NextStep = "check --etcd-endpoints; if etcd's data were lost, see docs/configuration.md, \"etcd's data lost\"" };
        }
        Recovered();
    }

    private static string UuidOf(StoreEntry? entry)
    {
        try
        {
            return entry is null ? "" : StoredObject.Read(entry, Cluster.Parser).Uuid;
        }
        catch (StoreException)
        {
            return "";      // unreadable is not ours either
        }
    }

    private void RequireSame()
    {
        StoreRegressedException? regressed;
        lock (_lock)
        {
            regressed = _regressed;
        }
        if (regressed is not null)
        {
            throw new StoreRegressedException(regressed.Message, regressed.Known, regressed.Found) { NextStep = regressed.NextStep };
        }
    }

    private void Notice(StoreException e)
    {
        if (e is StoreRegressedException regressed)
        {
            lock (_lock)
            {
                if (_regression is null)
                {
                    SnapshotLog.Regressed(_logger, e.Message, e.NextStep);
                }
                _regressed = regressed;
                _regression = new StoreTrouble(StoreTroubleKind.Regressed, _regression?.Since ?? _time.GetUtcNow(), e.Message, e.NextStep);
            }
        }
    }

    private void Recovered()
    {
        lock (_lock)
        {
            (_regression, _regressed) = (null, null);
        }
    }
}
