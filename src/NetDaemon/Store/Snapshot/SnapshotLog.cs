namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>Event ids 1450 to 1479.</summary>
internal static partial class SnapshotLog
{
    [LoggerMessage(1450, LogLevel.Warning, "etcd does not answer ({Problem}): going on with what was known at {Saved:u}, {Entries} entries up to revision {Revision}")]
    public static partial void FromSnapshot(ILogger logger, string problem, DateTimeOffset saved, int entries, long revision);

    [LoggerMessage(1451, LogLevel.Warning, "The snapshot {Path} cannot be used and will be written anew: {Problem}")]
    public static partial void Unusable(ILogger logger, string path, string problem);

    [LoggerMessage(1452, LogLevel.Warning, "The snapshot in {Directory} cannot be written ({Problem}); a restart while etcd is away would not know the latest changes")]
    public static partial void NotWritten(ILogger logger, string directory, string problem);

    [LoggerMessage(1453, LogLevel.Error, "{Problem}; what was known stays in force. {NextStep}")]
    public static partial void Regressed(ILogger logger, string problem, string nextStep);

    [LoggerMessage(1454, LogLevel.Information, "The history of {Prefix} was compacted past revision {Revision}; it is listed anew in {Wait}")]
    public static partial void ListedAnew(ILogger logger, string prefix, long revision, TimeSpan wait);

    [LoggerMessage(1457, LogLevel.Information, "All nodes have put back what etcd had lost")]
    public static partial void Whole(ILogger logger);

    [LoggerMessage(1455, LogLevel.Warning, "The watch of {Prefix} is refused: {Problem}; {NextStep}")]
    public static partial void Refused(ILogger logger, string prefix, string problem, string nextStep);

    [LoggerMessage(1456, LogLevel.Information, "etcd has {Nodes} nodes, of which this one knows none yet: it lists them in {Seconds:0.00} s, so that not all list at once")]
    public static partial void WaitsToList(ILogger logger, long nodes, double seconds);
}
