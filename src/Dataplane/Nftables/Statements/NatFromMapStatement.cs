using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>dnat ip to meta l4proto . th dport map @ports</c>.</summary>
internal sealed class NatFromMapStatement(bool destination, NftFamily family, NftSelector key, string map, bool withPort) : NftStatement
{
    internal override string? ReferencedSet => map;

    public override string ToString() =>
        $"{(destination ? "dnat" : "snat")} {(family == NftFamily.Ip ? "ip" : "ip6")} to {key} map @{map}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        // No test for the family: the kernel's expression lets packets of the other one pass by.
        key.RequireAndLoad(ref writer, context);
        Expressions.LookupMap(ref writer, 0, map, Register.At(0));
        int portSlot = family == NftFamily.Ip ? 1 : 4;
        Expressions.Nat(ref writer, destination, family, 0, withPort ? portSlot : null, withPort ? NatStatement.ProtoSpecified : 0);
    }
}
