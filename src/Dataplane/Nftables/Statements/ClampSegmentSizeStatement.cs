using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>tcp option maxseg size set rt mtu</c>.</summary>
internal sealed class ClampSegmentSizeStatement : NftStatement
{
    private const byte MaximumSegmentSize = 2;       // RFC 9293 section 3.2: kind 2, length 4, and the size at offset 2

    public override string ToString() => "tcp option maxseg size set rt mtu";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Expressions.RouteSegmentSize(ref writer, 0);
        Expressions.ToNetworkOrder16(ref writer, 0);
        Expressions.TcpOptionSet(ref writer, 0, MaximumSegmentSize, 2);
    }
}
