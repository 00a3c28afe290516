namespace Weft.NetDaemon.Api;

/// <summary>Event ids 1300 to 1399.</summary>
internal static partial class CniLog
{
    [LoggerMessage(1300, LogLevel.Warning, "A connection on cni.sock ended badly: {Problem}")]
    public static partial void BrokenConnection(ILogger logger, string problem);

    [LoggerMessage(1301, LogLevel.Error, "A call on cni.sock failed")]
    public static partial void CallFailed(ILogger logger, Exception exception);

    [LoggerMessage(1302, LogLevel.Information, "Refused {Call}: {Reason}: {Message}")]
    public static partial void Refused(ILogger logger, string call, string reason, string message);
}
