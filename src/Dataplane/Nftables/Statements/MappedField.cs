using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>The value that a data map holds for other fields.</summary>
internal sealed record MappedField(NftSelector Key, string Map, NftDataType Type) : NftField($"{Key} map @{Map}", Type)
{
    public override string? ReferencedSet => Map;

    public override void Require(ref NetlinkWriter writer, RuleContext context) => Key.Require(ref writer, context);

    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot)
    {
        Key.Load(ref writer, context, slot);
        Expressions.LookupMap(ref writer, slot, Map, Register.At(slot));
    }
}
