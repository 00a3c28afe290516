namespace Weft.NetDaemon.Networks;

/// <summary>Event ids 1100 to 1199.</summary>
internal static partial class NetworkLog
{
    [LoggerMessage(1100, LogLevel.Warning, "The store does not answer ({Problem}); networks stay as they are until it does")]
    public static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(1101, LogLevel.Error, "The stored object {Key} cannot be read and is left out: {Problem}")]
    public static partial void Unreadable(ILogger logger, string key, string problem);

    [LoggerMessage(1102, LogLevel.Information, "Made network {Network} from the CNI configuration {Configuration}, with {Ranges}")]
    public static partial void MadeFromConfiguration(ILogger logger, string network, string configuration, string ranges);

    [LoggerMessage(1103, LogLevel.Information, "{Count} imported address(es) are free: their containers are gone")]
    public static partial void ImportedReleased(ILogger logger, int count);

    [LoggerMessage(1104, LogLevel.Warning, "Imported addresses of {Container} cannot be freed now, and will be tried again: {Problem}")]
    public static partial void ImportedNotReleased(ILogger logger, string container, string problem);

    [LoggerMessage(1105, LogLevel.Error, "The store has no usable {Key} any more, and containers of this node use it: it stays as it was. Restore the key")]
    public static partial void Kept(ILogger logger, string key);
}
