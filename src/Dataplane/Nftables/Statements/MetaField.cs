using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>What the kernel knows beside the packet (enum nft_meta_keys).</summary>
internal sealed record MetaField(string Name, NftDataType Type, uint Key) : NftField(Name, Type)
{
    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot) => Expressions.Meta(ref writer, slot, Key);

    public override void Learn(RuleContext context, NftValue value)
    {
        switch (Key)
        {
            case 1:     // NFT_META_PROTOCOL
                context.KnowNetwork((ushort)((value.Bytes[0] << 8) | value.Bytes[1]));
                break;
            case 15:    // NFT_META_NFPROTO
                context.KnowNetwork(value.Bytes[0] == (byte)NftFamily.Ip ? (ushort)0x0800 : (ushort)0x86dd);
                break;
            case 16:    // NFT_META_L4PROTO
                context.KnowTransport(value.Bytes[0]);
                break;
        }
    }
}
