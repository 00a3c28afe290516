using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>ip saddr vmap @egress</c>.</summary>
internal sealed class VerdictMapStatement(NftSelector selector, string map) : SelectorStatement(selector)
{
    internal override string? ReferencedSet => map;

    internal override string? SecondReferencedSet => Selector.ReferencedSet;

    public override string ToString() => $"{Selector} vmap @{map}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        Expressions.LookupMap(ref writer, 0, map, Register.Verdict);
    }
}
