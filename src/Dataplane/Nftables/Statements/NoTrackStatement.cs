using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>notrack</c>.</summary>
internal sealed class NoTrackStatement : NftStatement
{
    public override string ToString() => "notrack";

    internal override void Write(ref NetlinkWriter writer, RuleContext context) => Expressions.NoTrack(ref writer);
}
