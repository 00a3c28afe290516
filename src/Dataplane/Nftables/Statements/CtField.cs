using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>What connection tracking knows (enum nft_ct_keys).</summary>
internal sealed record CtField(string Name, NftDataType Type, uint Key, byte? Direction = null) : NftField(Name, Type)
{
    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot) => Expressions.Ct(ref writer, slot, Key, Direction);
}
