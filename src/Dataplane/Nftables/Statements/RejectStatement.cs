using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>reject with icmpx admin-prohibited</c>, <c>reject with tcp reset</c>.</summary>
internal sealed class RejectStatement(NftReject? reason) : NftStatement
{
    public override string ToString() =>
        reason is { } code ? $"reject with icmpx {NftText.Dashed(code.ToString())}" : "reject with tcp reset";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        if (reason is { } code)
        {
            Expressions.Reject(ref writer, 2, (byte)code);      // NFT_REJECT_ICMPX_UNREACH
            return;
        }
        context.RequireTransport(ref writer, 6);
        Expressions.Reject(ref writer, 1, 0);                   // NFT_REJECT_TCP_RST
    }
}
