namespace Weft.NetDaemon.Networks;

/// <summary>Event ids 1100 to 1199.</summary>
internal static partial class NetworkLog
{
    [LoggerMessage(1100, LogLevel.Warning, "The store does not answer ({Problem}); networks stay as they are until it does")]
    public static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(1101, LogLevel.Error, "The stored object {Key} cannot be read and is left out: {Problem}")]
    public static partial void Unreadable(ILogger logger, string key, string problem);
}
