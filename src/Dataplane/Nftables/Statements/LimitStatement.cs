using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>limit rate 10/second burst 5 packets</c>.</summary>
internal sealed class LimitStatement : NftStatement
{
    private readonly ulong _packets;
    private readonly ulong _seconds;
    private readonly uint _burst;
    private readonly bool _over;

    public LimitStatement(ulong packets, TimeSpan per, uint burst, bool over)
    {
        _seconds = (ulong)per.TotalSeconds;
        if (_seconds is not (1 or 60 or 3600 or 86400 or 604800))
        {
            throw new ArgumentOutOfRangeException(nameof(per), per, "a rate is per second, minute, hour, day or week");
        }
        (_packets, _burst, _over) = (packets, burst, over);
    }

    public override string ToString()
    {
        string unit = _seconds switch { 1 => "second", 60 => "minute", 3600 => "hour", 86400 => "day", _ => "week" };
        return $"limit rate {(_over ? "over " : "")}{_packets}/{unit} burst {_burst} packets";
    }

    internal override void Write(ref NetlinkWriter writer, RuleContext context) =>
        Expressions.Limit(ref writer, _packets, _seconds, _burst, _over);
}
