using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>tcp dport 80</c>, <c>ip saddr != 10.0.0.1</c>.</summary>
internal sealed class CompareMatch : SelectorStatement
{
    private readonly NftComparison _comparison;
    private readonly NftValue _value;

    public CompareMatch(NftSelector selector, NftComparison comparison, NftValue value) : base(selector)
    {
        if (value.Length != selector.Type.Length)
        {
            throw new ArgumentException($"{selector} has {selector.Type.Length} bytes, the value {value} has {value.Length}", nameof(value));
        }
        _comparison = comparison;
        _value = value;
    }

    public override string ToString() => $"{Selector} {Operator(_comparison)}{Selector.Type.Format(_value)}";

    internal static string Operator(NftComparison comparison) => comparison switch
    {
        NftComparison.NotEqual => "!= ",
        NftComparison.Less => "< ",
        NftComparison.LessOrEqual => "<= ",
        NftComparison.Greater => "> ",
        NftComparison.GreaterOrEqual => ">= ",
        _ => "",
    };

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        Expressions.Compare(ref writer, 0, _comparison, _value.Bytes);
        if (_comparison == NftComparison.Equal && Selector.Fields.Length == 1)
        {
            Selector.Fields[0].Learn(context, _value);
        }
    }
}
