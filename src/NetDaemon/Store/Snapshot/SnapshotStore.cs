using Weft.Contracts.V1;
using Weft.NetDaemon.Store.Etcd;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>
/// etcd with a memory. What all nodes must know is copied as it changes, and kept on disk. Reads go to etcd while it answers; otherwise, and while it
/// answers with less than was known, they are answered from the copy, and <see cref="Trouble"/> says so. Writes go to etcd alone. An etcd that lost this cluster's data
/// gets back what the copy has (<see cref="StoreRecovery"/>); one that holds another cluster is left alone.
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
    private Cluster? _cluster;                      // the record as it was last, of the history that the copy is of; null: there was none yet
    private DateTimeOffset _gatheringSince;
    private CancellationTokenSource _rebased = new();       // of the mirrors' watches: cancelled when another history begins
    private TaskCompletionSource _doubted = NewSignal();    // completes when etcd was found to be another, or older
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
        _savedAt = saved?.SavedAt;
        _mirrors = [.. Kept.Select(p => new PrefixMirror(p, saved?.Sections.FirstOrDefault(s => s.Prefix == p)))];
        _gatheringSince = time.GetUtcNow();
        // An older weftd kept the UUID alone where the record was gone. Its networks are what there is to be: no default one is made.
        _cluster = RecordOf(ClusterMirror.Current)
            ?? (saved is { ClusterUuid.Length: > 0 } ? new Cluster { Uuid = saved.ClusterUuid, Schema = 1, DefaultNetworkMade = true } : null);
        Array.ForEach(_mirrors, m => m.History = _cluster?.History ?? "");
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
            return Unusable is { } trouble ? trouble with { SnapshotOf = snapshotOf } : Incomplete;
        }
    }

    /// <summary>Why reads are answered from the copy; null when they are not.</summary>
    private StoreTrouble? Unusable
    {
        get
        {
            lock (_lock)
            {
                return _regression ?? _etcd.Trouble;
            }
        }
    }

    private StoreTrouble? Incomplete
    {
        get
        {
            lock (_lock)
            {
                return _cluster is { Gathering: true }
                    ? new StoreTrouble(StoreTroubleKind.Gathering, _gatheringSince, $"{Kind} lost its data, and the nodes are putting them back", "start weftd on all nodes; if one is gone for good, see docs/configuration.md, \"etcd's data lost\"")
                    : null;
            }
        }
    }

    private PrefixMirror ClusterMirror => MirrorOf(StoreKeys.Cluster)!;

    private bool IsGathering => Known is { Gathering: true };

    /// <summary>The cluster record that answers are to fit.</summary>
    private Cluster? Known
    {
        get
        {
            lock (_lock)
            {
                return _cluster;
            }
        }
        set
        {
            lock (_lock)
            {
                _gatheringSince = _cluster is { Gathering: true } ? _gatheringSince : _time.GetUtcNow();
                _cluster = value;
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
            store._loops.Add(store.RecoverAsync());
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public StoreEntry? Remembered(string key) => MirrorOf(key)?.Current.Entries.GetValueOrDefault(key) is { } entry && ReadableValues.Is(entry) ? entry : null;

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => ReadAsync(
        key, () => _etcd.GetAsync(key, cancellationToken), mirror => mirror.Entries.GetValueOrDefault(key));

    /// <inheritdoc/>
    /// <remarks>
    /// From the copy, the revision is the oldest of all that is copied: a watch from there misses nothing, whatever was read besides. It is 0 while etcd is another or older: then it will
    /// count anew. While nodes put back what etcd lost, blocks that it does not know yet are listed as they were.
    /// </remarks>
    public async ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken)
    {
        StoreRange range = await ReadAsync(prefix, () => _etcd.RangeAsync(prefix, cancellationToken), mirror => new StoreRange(
            [.. Within(prefix, mirror).OrderBy(e => e.Key, Utf8Order.Comparer)], IsRegressed ? 0 : _mirrors.Min(m => m.Current.Revision)));
        if (!IsGathering || MirrorOf(prefix) is not { } copy || !IsGathered(copy))
        {
            return range;
        }
        HashSet<string> listed = [.. range.Entries.Select(e => e.Key)];
        return range with { Entries = [.. range.Entries.Concat(Within(prefix, copy.Current).Where(e => !listed.Contains(e.Key))).OrderBy(e => e.Key, Utf8Order.Comparer)] };
    }

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
        if (copy is not null && HasCopy && _loops.Count > 0 && Unusable is not null)
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

    /// <summary>Is it still the cluster, and the history of it, that the copy is of? An empty etcd is not.</summary>
    /// <exception cref="StoreRegressedException">No.</exception>
    /// <exception cref="StoreException">etcd did not answer.</exception>
    private async Task VerifyAsync(CancellationToken cancellationToken)
    {
        StoreEntry? entry = await _etcd.GetAsync(StoreKeys.Cluster, cancellationToken);
        RequireKnown(entry);
        Recovered();
    }

    private void RequireKnown(StoreEntry? entry)
    {
        if (Known is not { } known)
        {
            return;
        }
        Cluster? found = ClusterState.TryRead(entry)?.Record;
        if (found?.Uuid != known.Uuid || found.History != known.History)
        {
            string what = entry is null ? "holds no Weft cluster"
                : found is null ? "holds a cluster record that cannot be read"
                : found.Uuid == known.Uuid ? "lost its data, and nodes are putting them back"
                : $"holds Weft cluster {found.Uuid}";
            throw new StoreRegressedException(
                $"etcd at {Endpoint} {what}{(found?.Uuid == known.Uuid ? "" : $", but this node belongs to {known.Uuid}")}", _mirrors.Max(m => m.Current.Revision), entry?.ModRevision ?? 0)
            { NextStep = NextStep };
        }
    }

    private const string NextStep = "check --etcd-endpoints; if etcd's data were lost, see docs/configuration.md, \"etcd's data lost\"";

    private static Cluster? RecordOf(MirrorStep step) => ClusterState.TryRead(step.Entries.GetValueOrDefault(StoreKeys.Cluster))?.Record;

    private static IEnumerable<StoreEntry> Within(string prefix, MirrorStep step) => step.Entries.Values.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>What each node puts back by itself, so that a list of it is not whole before all have.</summary>
    private static bool IsGathered(PrefixMirror mirror) => mirror.Prefix is StoreKeys.Blocks or StoreKeys.Moved;

    private bool IsRegressed
    {
        get
        {
            lock (_lock)
            {
                return _regressed is not null;
            }
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
                _doubted.TrySetResult();
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

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
