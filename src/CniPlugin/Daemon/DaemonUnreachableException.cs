namespace Weft.CniPlugin.Daemon;

/// <summary>weftd did not answer: nobody listens, the connection broke, time ran out, or what answered is not weftd.</summary>
internal sealed class DaemonUnreachableException(string socketPath, string reason)
    : Exception($"weftd is not answering at {socketPath}: {reason}")
{
    public string SocketPath { get; } = socketPath;

    /// <summary>What happened, such as "Connection refused".</summary>
    public string Reason { get; } = reason;
}
