namespace Weft.NetDaemon.Kernel;

/// <summary>Event ids 1000 to 1099.</summary>
internal static partial class KernelLog
{
    [LoggerMessage(1000, LogLevel.Warning, "Links of removed containers could not be deleted; trying again with the next: {Problem}")]
    public static partial void ReapFailed(ILogger logger, string problem);

    [LoggerMessage(1001, LogLevel.Information, "Start: {Operations} kernel operations were needed")]
    public static partial void Started(ILogger logger, int operations);

    [LoggerMessage(1002, LogLevel.Warning, "Repaired{By}: {Changes}")]
    public static partial void Repaired(ILogger logger, string by, string changes);

    [LoggerMessage(1003, LogLevel.Information, "Networks changed: {Changes}")]
    public static partial void Reconfigured(ILogger logger, string changes);

    [LoggerMessage(1004, LogLevel.Error, "The kernel is not as it should be: {Problem}")]
    public static partial void NotAsPlanned(ILogger logger, string problem);

    [LoggerMessage(1005, LogLevel.Warning, "Undoing {HostInterface} met: {Problem}")]
    public static partial void UnwireProblem(ILogger logger, string hostInterface, string problem);

    [LoggerMessage(1006, LogLevel.Warning, "Flows of addresses given back ({Addresses}) and to ports just published ({Ports}) could not be looked through; the next look includes them: {Problem}")]
    public static partial void FlowsKept(ILogger logger, string addresses, string ports, string problem);

    [LoggerMessage(1007, LogLevel.Warning, "Running flows could not be judged by the policies as they are now; it is tried again: {Problem}")]
    public static partial void FlowsNotJudged(ILogger logger, string problem);

    [LoggerMessage(1008, LogLevel.Information, "{Count} flows were ended that policies forbid now")]
    public static partial void FlowsEnded(ILogger logger, int count);
}
