namespace Weft.NetDaemon.Nodes;

/// <summary>Event ids 1400 to 1499.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1400, LogLevel.Warning, "The store does not answer ({Problem}); nodes stay as they are until it does")]
    public static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(1401, LogLevel.Error, "The record of node {Node} {Problem} and is left out")]
    public static partial void Unusable(ILogger logger, string node, string problem);

    [LoggerMessage(1402, LogLevel.Information, "Published the node's record again: {Why}")]
    public static partial void Republished(ILogger logger, string why);

    [LoggerMessage(1403, LogLevel.Warning, "The store does not answer ({Problem}); other nodes may take this one for away")]
    public static partial void NotHeard(ILogger logger, string problem);

    [LoggerMessage(1404, LogLevel.Information, "The underlay is now {Link}, MTU {Mtu}, {Addresses}")]
    public static partial void UplinkChanged(ILogger logger, string link, int mtu, string addresses);

    [LoggerMessage(1405, LogLevel.Warning, "The underlay could not be looked at ({Problem}); it stays as it was")]
    public static partial void UplinkUnknown(ILogger logger, string problem);
}
