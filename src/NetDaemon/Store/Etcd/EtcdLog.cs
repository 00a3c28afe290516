namespace Weft.NetDaemon.Store.Etcd;

/// <summary>Event ids 1400 to 1449.</summary>
internal static partial class EtcdLog
{
    [LoggerMessage(1400, LogLevel.Warning, "etcd is away: {Problem}; {NextStep}. Containers that run are not affected")]
    public static partial void Away(ILogger logger, string problem, string nextStep);

    [LoggerMessage(1401, LogLevel.Information, "etcd answers again, at {Endpoint}; it was away since {Since:u}")]
    public static partial void Back(ILogger logger, string endpoint, DateTimeOffset since);

    [LoggerMessage(1402, LogLevel.Debug, "The watch of {Prefix} at {Endpoint} ended ({Problem}); it goes on at revision {Next}")]
    public static partial void WatchEnded(ILogger logger, string prefix, string endpoint, string problem, long next);

    [LoggerMessage(1403, LogLevel.Warning, "etcd has authentication off: user {User} is not used")]
    public static partial void AuthenticationOff(ILogger logger, string user);
}
