using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>tcp dport 8000-8080</c>.</summary>
internal sealed class RangeMatch : SelectorStatement
{
    private readonly NftValue _from;
    private readonly NftValue _to;
    private readonly bool _negated;

    public RangeMatch(NftSelector selector, NftValue from, NftValue to, bool negated) : base(selector)
    {
        if (from.Length != selector.Type.Length || to.Length != selector.Type.Length || from > to)
        {
            throw new ArgumentException($"{selector.Type.Format(from)}-{selector.Type.Format(to)} is not a range of {selector}", nameof(to));
        }
        _from = from;
        _to = to;
        _negated = negated;
    }

    public override string ToString() => $"{Selector} {(_negated ? "!= " : "")}{Selector.Type.Format(_from)}-{Selector.Type.Format(_to)}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        if (_negated)
        {
            Expressions.OutsideRange(ref writer, 0, _from.Bytes, _to.Bytes);
            return;
        }
        Expressions.Compare(ref writer, 0, NftComparison.GreaterOrEqual, _from.Bytes);
        Expressions.Compare(ref writer, 0, NftComparison.LessOrEqual, _to.Bytes);
    }
}
