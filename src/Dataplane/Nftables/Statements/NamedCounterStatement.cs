using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>counter name "x"</c>.</summary>
internal sealed class NamedCounterStatement(string name) : NftStatement
{
    public override string ToString() => $"counter name \"{name}\"";

    internal override void Write(ref NetlinkWriter writer, RuleContext context) => Expressions.NamedCounter(ref writer, name);
}
