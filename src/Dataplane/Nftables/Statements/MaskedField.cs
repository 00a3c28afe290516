using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>Some bits of a field, and of the others those that are set always: <c>ip saddr &amp; 255.255.255.192</c>.</summary>
internal sealed record MaskedField(NftField Inner, NftValue Mask, NftValue Set) : NftField(
    $"{Inner.Name} & {Inner.Type.Format(Mask.Bytes)}{(Set.Bytes.ContainsAnyExcept((byte)0) ? $" | {Inner.Type.Format(Set.Bytes)}" : "")}", Inner.Type)
{
    public override string? ReferencedSet => Inner.ReferencedSet;

    public override void Require(ref NetlinkWriter writer, RuleContext context) => Inner.Require(ref writer, context);

    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot)
    {
        Inner.Load(ref writer, context, slot);
        Expressions.MaskXor(ref writer, slot, Mask.Bytes, Set.Bytes);
    }
}
