namespace Weft.NetDaemon.Ipam;

/// <summary>Event ids 1600 to 1699.</summary>
internal static partial class IpamLog
{
    [LoggerMessage(1600, LogLevel.Warning, "Block {Block} is not this node's any more: {Reason}. It gives out no address of it; containers that have one keep running")]
    public static partial void Lost(ILogger logger, Cidr block, string reason);

    [LoggerMessage(1601, LogLevel.Information, "Claimed {Count} block(s) ahead")]
    public static partial void ClaimedAhead(ILogger logger, int count);

    [LoggerMessage(1602, LogLevel.Information, "Gave block {Block} back: nothing used it")]
    public static partial void GaveBack(ILogger logger, Cidr block);

    [LoggerMessage(1603, LogLevel.Warning, "The store has not confirmed this node's blocks ({Problem}); their addresses may be given out for {Left} more")]
    public static partial void NotConfirmed(ILogger logger, string problem, string left);

    [LoggerMessage(1604, LogLevel.Warning, "Node number {Node} has not been heard of for {Absence}: its {Count} block(s) are taken from it")]
    public static partial void Reclaimed(ILogger logger, uint node, TimeSpan absence, int count);

    [LoggerMessage(1605, LogLevel.Information, "Block {Block} may be claimed again")]
    public static partial void Freed(ILogger logger, string block);

    [LoggerMessage(1606, LogLevel.Debug, "The look for absent nodes ended early: {Problem}")]
    public static partial void LookEndedEarly(ILogger logger, string problem);

    [LoggerMessage(1607, LogLevel.Warning, "A block is kept that is not needed, since this node's state cannot be written: {Problem}")]
    public static partial void KeptSpare(ILogger logger, string problem);
}
