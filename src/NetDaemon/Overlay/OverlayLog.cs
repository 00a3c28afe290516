namespace Weft.NetDaemon.Overlay;

/// <summary>Event ids 1500 to 1599.</summary>
internal static partial class OverlayLog
{
    [LoggerMessage(1500, LogLevel.Warning, "The store does not answer ({Problem}); other nodes' blocks stay routed as they are until it does")]
    public static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(1501, LogLevel.Error, "The key {Key} {Problem} and is left out")]
    public static partial void UnusableBlock(ILogger logger, string key, string problem);

    [LoggerMessage(1502, LogLevel.Information, "Nodes or blocks changed: {Operations} kernel operations ({Changes})")]
    public static partial void Changed(ILogger logger, int operations, string changes);

    [LoggerMessage(1503, LogLevel.Warning, "A change of nodes or blocks was not carried out as planned, so everything is looked at: {Problem}")]
    public static partial void LooksAgain(ILogger logger, string problem);

    [LoggerMessage(1504, LogLevel.Information, "Containers' packets have at most {Mtu} bytes, which every node's uplink carries")]
    public static partial void MtuChanged(ILogger logger, int mtu);

    [LoggerMessage(1505, LogLevel.Warning, "The ways to other nodes cannot be tried: {Problem}")]
    public static partial void NoProbes(ILogger logger, string problem);

    [LoggerMessage(1506, LogLevel.Information, "The way to node {Node} is {State}: packets of {Fits} of {Wanted} bytes arrive")]
    public static partial void PathFound(ILogger logger, string node, Probes.PathState state, int fits, int wanted);

    [LoggerMessage(1507, LogLevel.Warning, "Checksums that are left to devices do not arrive right at node {Node}: the tunnels' are computed in software from now on")]
    public static partial void ChecksumsInSoftware(ILogger logger, string node);

    [LoggerMessage(1508, LogLevel.Warning, "{Path} cannot be read or written ({Problem}): whether devices damage checksums is found out again after a restart")]
    public static partial void ChecksumsNotRemembered(ILogger logger, string path, string problem);
}
