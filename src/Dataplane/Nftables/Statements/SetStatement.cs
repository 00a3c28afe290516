using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>meta mark set 0x5</c>, <c>ct mark set 0x5</c>, <c>ct zone set 5</c>.</summary>
internal sealed class SetStatement(string target, bool connection, uint key, NftValue value, NftDataType? type) : NftStatement
{
    public override string ToString() => $"{target} set {type?.Format(value.Bytes) ?? $"{BitConverter.ToUInt16(value.Bytes)}"}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Expressions.Immediate(ref writer, 0, value.Bytes);
        if (connection)
        {
            Expressions.CtSet(ref writer, 0, key);
        }
        else
        {
            Expressions.MetaSet(ref writer, 0, key);
        }
    }
}
