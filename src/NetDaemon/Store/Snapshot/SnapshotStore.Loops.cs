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
        Save();
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
            try
            {
                await foreach (WatchBatch batch in _etcd.WatchWithProgressAsync(mirror.Prefix, mirror.Current.Revision + 1, _stop.Token))
                {
                    mirror.Apply(batch);
                }
            }
            catch (RevisionCompactedException)
            {
                await ListAnewAsync(mirror);
            }
            catch (StoreException e)
            {
                Notice(e);
                SnapshotLog.Refused(_logger, mirror.Prefix, e.Message, e.NextStep);
                await Task.Delay(RetryAfterRefusal, _time, _stop.Token);
            }
        }
    }

    private async Task ListAnewAsync(PrefixMirror mirror)
    {
        try
        {
            (_, TimeSpan wait) = await WaitToListAsync(_stop.Token);
            SnapshotLog.ListedAnew(_logger, mirror.Prefix, mirror.Current.Revision, wait);
            await Task.Delay(wait, _time, _stop.Token);
            await VerifyAsync(_stop.Token);         // what is missing from another cluster's list was not deleted
            mirror.Replace(await _etcd.RangeAsync(mirror.Prefix, _stop.Token));
        }
        catch (StoreException e)
        {
            Notice(e);
            await Task.Delay(RetryAfterRefusal, _time, _stop.Token);
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
        if (!HasCopy)
        {
            return;
        }
        MirrorStep[] now = [.. _mirrors.Select(m => m.Current)];
        try
        {
            string uuid = UuidOf(MirrorOf(StoreKeys.Cluster)!.Current.Entries.GetValueOrDefault(StoreKeys.Cluster));
            // What is only known from the file was not known later than it says.
            DateTimeOffset savedAt = now.Any(s => s.FromSnapshot) && _savedAt is { } before ? before : _time.GetUtcNow();
            SnapshotFile.Write(_directory, new SnapshotContents(uuid.Length > 0 ? uuid : _savedUuid, savedAt, [.. _mirrors.Select(m => m.ToSection())]));
            (_saved, _savedTimestamp) = (now, _time.GetTimestamp());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SnapshotLog.NotWritten(_logger, _directory, e.Message);
        }
    }
}
