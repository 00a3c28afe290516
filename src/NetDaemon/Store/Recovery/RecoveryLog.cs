namespace Weft.NetDaemon.Store.Recovery;

/// <summary>Event ids 1480 to 1499.</summary>
internal static partial class RecoveryLog
{
    [LoggerMessage(1480, LogLevel.Warning, "The store {What}: nodes put back what they know, in its history {History}")]
    public static partial void Began(ILogger logger, string what, string history);

    [LoggerMessage(1481, LogLevel.Warning, "Put back what all nodes share: {Entries} entries as of revision {Revision}, but for those that were there")]
    public static partial void PutBack(ILogger logger, int entries, long revision);

    [LoggerMessage(1482, LogLevel.Error, "The store has {Count} key(s) otherwise than this node knew them, and what it has stands: {Keys}. Compare them, and apply what is right")]
    public static partial void Conflicts(ILogger logger, int count, string keys);

    [LoggerMessage(1483, LogLevel.Warning, "Node {Name} ({Key}) was forgotten before the store lost its data, and stays so")]
    public static partial void Forgotten(ILogger logger, string name, string key);
}
