using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>tcp dport { 80, 443 }</c>.</summary>
internal sealed class AnonymousSetMatch : SelectorStatement
{
    private readonly NftValue[] _values;
    private readonly bool _negated;

    public AnonymousSetMatch(NftSelector selector, NftValue[] values, bool negated) : base(selector)
    {
        if (values.Length == 0)
        {
            throw new ArgumentException($"{selector}: no value is given, so nothing could match", nameof(values));
        }
        foreach (NftValue value in values)
        {
            if (value.Length != selector.Type.Length)
            {
                throw new ArgumentException($"{selector} has {selector.Type.Length} bytes, the value {value} has {value.Length}", nameof(values));
            }
        }
        _values = [.. values.Distinct().Order()];
        _negated = negated;
        Anonymous = new AnonymousSet(selector.Type, _values);
    }

    internal override AnonymousSet Anonymous { get; }

    public override string ToString() =>
        $"{Selector} {(_negated ? "!= " : "")}{{ {string.Join(", ", _values.Select(value => Selector.Type.Format(value)))} }}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        Expressions.Lookup(ref writer, 0, AnonymousSet.Name, _negated, context.NextSetId++);
    }
}
