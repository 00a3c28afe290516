using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>redirect to :8080</c>.</summary>
internal sealed class RedirectStatement(ushort? port) : NftStatement
{
    public override string ToString() => port is { } number ? $"redirect to :{number}" : "redirect";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        if (port is { } number)
        {
            Expressions.Immediate(ref writer, 0, NftValue.Port(number).Bytes);
        }
        Expressions.Redirect(ref writer, port is null ? null : 0, port is null ? 0 : NatStatement.ProtoSpecified);
    }
}
