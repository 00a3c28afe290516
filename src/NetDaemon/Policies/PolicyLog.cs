namespace Weft.NetDaemon.Policies;

/// <summary>Event ids 1700 to 1799.</summary>
internal static partial class PolicyLog
{
    [LoggerMessage(1700, LogLevel.Warning, "The store does not answer ({Problem}); policies stay in force as they are until it does")]
    public static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(1702, LogLevel.Warning, "Packets that policies drop are counted, and not shown: nflog group {Group} cannot be had ({Problem})")]
    public static partial void NoPackets(ILogger logger, ushort group, string problem);

    [LoggerMessage(1701, LogLevel.Error, "The key {Key} {Problem}")]
    public static partial void Unusable(ILogger logger, string key, string problem);
}
