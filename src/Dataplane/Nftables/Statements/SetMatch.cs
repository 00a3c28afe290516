using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>ip saddr @pools4</c>.</summary>
internal sealed class SetMatch(NftSelector selector, string set, bool negated) : SelectorStatement(selector)
{
    internal override string? ReferencedSet => set;

    internal override string? SecondReferencedSet => Selector.ReferencedSet;

    public override string ToString() => $"{Selector} {(negated ? "!= " : "")}@{set}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        Expressions.Lookup(ref writer, 0, set, negated);
    }
}
