using Weft.Contracts.V1;
using Weft.NetDaemon.Store.Etcd;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Store.Snapshot;

internal sealed partial class SnapshotStore
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(5);

    // A quiet prefix's revision moves on too, so that a restart finds its place before it is compacted away. It is worth a write now and then.
    private static readonly TimeSpan QuietSaveInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RetryAfterRefusal = TimeSpan.FromSeconds(5);

    private MirrorStep[] _saved = [];
    private long _savedTimestamp;

    /// <summary>The first contact: lists everything when nothing is known; otherwise only asks whether etcd is there and the same.</summary>
    private async Task MeetAsync(CancellationToken cancellationToken)
    {
        if (HasCopy)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(FirstContact);
            try
            {
                await VerifyAsync(limit.Token);
            }
            catch (Exception e) when (e is StoreException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (e is StoreException known)
                {
                    Notice(known);
                }
                if (IsRegressed && await TryPutBackAsync(limit.Token))
                {
                    return;
                }
                SnapshotLog.FromSnapshot(_logger, e.Message, _savedAt ?? default, _mirrors.Sum(m => m.Current.Entries.Count), _mirrors.Max(m => m.Current.Revision));
            }
            return;
        }
        (long nodes, TimeSpan wait) = await WaitToListAsync(cancellationToken);
        if (nodes > 1)
        {
            SnapshotLog.WaitsToList(_logger, nodes, wait.TotalSeconds);
        }
        await Task.Delay(wait, _time, cancellationToken);
        foreach (PrefixMirror mirror in _mirrors)
        {
            mirror.Replace(await _etcd.RangeAsync(mirror.Prefix, cancellationToken));
        }
        Known = RecordOf(ClusterMirror.Current);
        Array.ForEach(_mirrors, m => m.History = Known?.History ?? "");
        Save();
    }

    /// <summary>Gives etcd back what it lost, each time that it is found to be another or older, until the store is disposed.</summary>
    private async Task RecoverAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Task doubted;
            lock (_lock)
            {
                if (_regressed is null && _doubted.Task.IsCompleted)
                {
                    _doubted = NewSignal();
                }
                doubted = _doubted.Task;
            }
            await doubted.WaitAsync(_stop.Token);
            if (IsRegressed && !await TryPutBackAsync(_stop.Token))
            {
                await Task.Delay(RetryAfterRefusal, _time, _stop.Token);
            }
        }
    }

    /// <summary>Looks at etcd as it is now, and puts back what all nodes share if it is this cluster's etcd without its data.</summary>
    /// <returns>False when it is not, or does not answer.</returns>
    private async Task<bool> TryPutBackAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Known is not { } known)
            {
                return false;
            }
            IReadOnlyList<EtcdGlance> glances = await _etcd.GlanceAsync(StoreKeys.Cluster, cancellationToken);
            bool isOlder = Judge(glances, known);
            _etcd.ForgetHistory();
            ClusterState now = await new StoreRecovery(_etcd, _logger).RunAsync(
                known, isOlder, _mirrors.Max(m => m.Current.Revision), [.. _mirrors.SelectMany(m => Lost(m, isOlder))], cancellationToken);
            Known = now.Record;
            Recovered();
            Rebase();
            return true;
        }
        catch (StoreException e)
        {
            Notice(e);
            return false;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return false;       // it takes longer than a start may: it is gone on with
        }
    }

    /// <summary>What etcd had in the end. One that was emptied by hand told so before it was asked; what was deleted in one that is another now, or older, was deleted on purpose.</summary>
    private static IEnumerable<StoreEntry> Lost(PrefixMirror mirror, bool isOlder)
    {
        MirrorStep now = mirror.Current;
        return isOlder ? now.Entries.Values : now.Entries.Values.Concat(mirror.DeletedLast.Where(e => !now.Entries.ContainsKey(e.Key)));
    }

    /// <summary>Mirrors whose revisions are of another history are listed anew.</summary>
    private void Rebase()
    {
        CancellationTokenSource before;
        lock (_lock)
        {
            (before, _rebased) = (_rebased, new CancellationTokenSource());
        }
        before.Cancel();
    }

    /// <summary>Whether etcd is this cluster's, and older than it was.</summary>
    /// <exception cref="StoreRegressedException">It is not, or the endpoints are of several clusters: which of them is right only the operator knows.</exception>
    private bool Judge(IReadOnlyList<EtcdGlance> glances, Cluster known)
    {
        if (glances.DistinctBy(g => g.ClusterId).Skip(1).FirstOrDefault() is { } other)
        {
            throw new StoreRegressedException($"etcd at {other.Endpoint} and at {glances[0].Endpoint} belong to different clusters", _mirrors.Max(m => m.Current.Revision), other.Revision) { NextStep = NextStep };
        }
        foreach (EtcdGlance glance in glances.Where(g => g.Entry is not null && ClusterState.TryRead(g.Entry)?.Record.Uuid != known.Uuid))
        {
            RequireKnown(glance.Entry);
        }
        return glances.Any(g => g.Contradicts);
    }

    private async Task<(long Nodes, TimeSpan Wait)> WaitToListAsync(CancellationToken cancellationToken)
    {
        (long nodes, _) = await _etcd.CountAsync(StoreKeys.Nodes, cancellationToken);
        return (nodes, ListJitter.Wait(nodes, HasCopy, Random.Shared.NextDouble()));
    }

    /// <summary>Keeps one prefix's copy up to date until the store is disposed.</summary>
    private async Task FollowAsync(PrefixMirror mirror)
    {
        while (!_stop.IsCancellationRequested)
        {
            CancellationToken rebased;
            lock (_lock)
            {
                rebased = _rebased.Token;
            }
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, rebased);
            try
            {
                if (Known is { } known && known.History != mirror.History && !await TryListAnewAsync(mirror))
                {
                    continue;
                }
                await foreach (WatchBatch batch in _etcd.WatchWithProgressAsync(mirror.Prefix, mirror.Current.Revision + 1, stop.Token))
                {
                    mirror.Apply(batch);
                    if (batch.Changes.FirstOrDefault(c => c.Key == StoreKeys.Cluster) is { } change)
                    {
                        NoticeRecord(change.Entry);
                    }
                }
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
            {
                // Another history has begun: it is listed.
            }
            catch (RevisionCompactedException)
            {
                await TryListAnewAsync(mirror);
            }
            catch (StoreException e)
            {
                Notice(e);
                SnapshotLog.Refused(_logger, mirror.Prefix, e.Message, e.NextStep);
                await Task.Delay(RetryAfterRefusal, _time, _stop.Token);
            }
        }
    }

    /// <summary>The cluster record was changed: by this cluster's nodes, or as by somebody who deletes all.</summary>
    private void NoticeRecord(StoreEntry? entry)
    {
        try
        {
            RequireKnown(entry);
            bool wasGathering = IsGathering;
            Known = ClusterState.TryRead(entry)?.Record;
            if (wasGathering && !IsGathering)
            {
                SnapshotLog.Whole(_logger);
                Array.ForEach(_mirrors, m => m.History = IsGathered(m) ? null : m.History);     // what nobody has put back is not there
                Rebase();
            }
        }
        catch (StoreException e)
        {
            ClusterMirror.KeepDeleted();
            Notice(e);
        }
    }

    private async Task<bool> TryListAnewAsync(PrefixMirror mirror)
    {
        try
        {
            (_, TimeSpan wait) = await WaitToListAsync(_stop.Token);
            SnapshotLog.ListedAnew(_logger, mirror.Prefix, mirror.Current.Revision, wait);
            await Task.Delay(wait, _time, _stop.Token);
            await VerifyAsync(_stop.Token);         // what is missing from another cluster's list was not deleted
            string history = Known?.History ?? "";
            StoreRange range = await _etcd.RangeAsync(mirror.Prefix, _stop.Token);
            mirror.History = history;
            if (IsGathering && IsGathered(mirror))
            {
                mirror.KeepDeleted();
                mirror.Merge(range);
            }
            else
            {
                mirror.Replace(range);
            }
            if (mirror == ClusterMirror)
            {
                NoticeRecord(range.Entries.FirstOrDefault(e => e.Key == StoreKeys.Cluster));     // the watch begins behind it
            }
            return true;
        }
        catch (StoreException e)
        {
            Notice(e);
            await Task.Delay(RetryAfterRefusal, _time, _stop.Token);
            return false;
        }
    }

    /// <summary>Writes the copy to disk when it has changed.</summary>
    private async Task SaveAsync()
    {
        using var timer = new PeriodicTimer(SaveInterval, _time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (IsWorthSaving())
            {
                Save();
            }
        }
    }

    private bool IsWorthSaving()
    {
        MirrorStep[] now = [.. _mirrors.Select(m => m.Current)];
        bool quiet = _saved.Length == now.Length && now.Zip(_saved).All(s => ReferenceEquals(s.First.Entries, s.Second.Entries));
        return !quiet || (!now.SequenceEqual(_saved, ReferenceEqualityComparer.Instance) && _time.GetElapsedTime(_savedTimestamp) >= QuietSaveInterval);
    }

    private void Save()
    {
        // Half in one history and half in another, it would be gone on from where nothing was read.
        if (!HasCopy || _mirrors.Any(m => m.History != (Known?.History ?? "")) || RecordOf(ClusterMirror.Current)?.History != Known?.History)
        {
            return;
        }
        MirrorStep[] now = [.. _mirrors.Select(m => m.Current)];
        try
        {
            // What is only known from the file was not known later than it says.
            DateTimeOffset savedAt = now.Any(s => s.FromSnapshot) && _savedAt is { } before ? before : _time.GetUtcNow();
            SnapshotFile.Write(_directory, new SnapshotContents(Known?.Uuid ?? "", savedAt, [.. _mirrors.Select(m => m.ToSection())]));
            (_saved, _savedTimestamp) = (now, _time.GetTimestamp());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SnapshotLog.NotWritten(_logger, _directory, e.Message);
        }
    }
}
