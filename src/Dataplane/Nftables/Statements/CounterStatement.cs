using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>counter</c>.</summary>
internal sealed class CounterStatement : NftStatement
{
    public override string ToString() => "counter";

    internal override void Write(ref NetlinkWriter writer, RuleContext context) => Expressions.Counter(ref writer);
}
