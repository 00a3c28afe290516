using System.Text;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>iifname "wft*"</c>.</summary>
internal sealed class InterfaceNameMatch : SelectorStatement
{
    private readonly string _name;
    private readonly bool _negated;

    public InterfaceNameMatch(NftSelector selector, string name, bool negated) : base(selector)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (selector.Type.Fields[0] != NftDataType.InterfaceName)
        {
            throw new ArgumentException($"{selector} is not an interface name", nameof(selector));
        }
        if (Encoding.UTF8.GetByteCount(name) > 15 || name == "*")
        {
            throw new ArgumentException($"\"{name}\" is not an interface name of at most 15 bytes, nor the beginning of one", nameof(name));
        }
        _name = name;
        _negated = negated;
    }

    public override string ToString() => $"{Selector} {(_negated ? "!= " : "")}\"{_name}\"";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        // A shorter comparison looks at the first bytes only.
        ReadOnlySpan<byte> value = _name[^1] == '*' ? Encoding.UTF8.GetBytes(_name[..^1]) : NftValue.Interface(_name).Bytes;
        Expressions.Compare(ref writer, 0, _negated ? NftComparison.NotEqual : NftComparison.Equal, value);
    }
}
