using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>masquerade fully-random</c>.</summary>
internal sealed class MasqueradeStatement(NftNatFlags flags) : NftStatement
{
    public override string ToString() => "masquerade" + NatStatement.Print(flags);

    internal override void Write(ref NetlinkWriter writer, RuleContext context) => Expressions.Masquerade(ref writer, (uint)flags);
}
