using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>Whether an IPv6 extension header is there: 1 or 0.</summary>
internal sealed record ExtensionHeaderField(string Name, byte Header) : NftField(Name, NftDataType.Presence)
{
    public override void Require(ref NetlinkWriter writer, RuleContext context) => context.RequireNetwork(ref writer, 0x86dd);

    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot) =>
        Expressions.ExtensionHeaderPresent(ref writer, slot, Header);
}
