namespace Weft.NetDaemon.Store.Etcd;

/// <summary>Whether etcd answers, as the calls find it. Thread-safe.</summary>
internal sealed class EtcdAvailability(TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private StoreAbsence? _absence;

    /// <summary>Null while it answers.</summary>
    public StoreAbsence? Absence
    {
        get
        {
            lock (_lock)
            {
                return _absence;
            }
        }
    }

    public void Answered(string endpoint)
    {
        StoreAbsence? before;
        lock (_lock)
        {
            (before, _absence) = (_absence, null);
        }
        if (before is not null)
        {
            EtcdLog.Back(logger, endpoint, before.Since);
        }
    }

    /// <summary>No member could be used.</summary>
    public void Failed(StoreException e)
    {
        StoreAbsence? before;
        lock (_lock)
        {
            before = _absence;
            _absence = new StoreAbsence(before?.Since ?? time.GetUtcNow(), e.Message, e.NextStep);
        }
        if (before is null)
        {
            EtcdLog.Away(logger, e.Message, e.NextStep);
        }
    }
}
