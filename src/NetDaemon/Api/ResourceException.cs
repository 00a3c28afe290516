namespace Weft.NetDaemon.Api;

/// <summary>A request about objects that is refused. The message says what and what to do next, one problem a line.</summary>
internal sealed class ResourceException(RefusalReason reason, string message) : Exception(message)
{
    public RefusalReason Reason { get; } = reason;
}
