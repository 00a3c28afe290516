using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>ct state established,related</c>, <c>tcp flags &amp; (fin|syn) != syn</c>.</summary>
internal sealed class BitsMatch(NftSelector selector, NftValue mask, NftComparison comparison, NftValue value) : SelectorStatement(selector)
{
    public override string ToString()
    {
        NftDataType type = Selector.Type.Fields[0];
        bool zero = value.Bytes.IndexOfAnyExcept((byte)0) < 0;
        string bits = NftBits.Format(type, mask, zero ? "," : "|");
        if (zero)
        {
            return comparison == NftComparison.NotEqual ? $"{Selector} {bits}" : $"{Selector} ! {bits}";
        }
        string group = bits.Contains('|', StringComparison.Ordinal) ? $"({bits})" : bits;
        return $"{Selector} & {group} {(comparison == NftComparison.Equal ? "==" : "!=")} {NftBits.Format(type, value, "|")}";
    }

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        Expressions.Mask(ref writer, 0, mask.Bytes);
        Expressions.Compare(ref writer, 0, comparison, value.Bytes);
    }
}
