using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>ct mark set meta mark</c>, <c>meta mark set ip saddr map @classes</c>.</summary>
internal sealed class SetFromStatement(string target, bool connection, uint key, NftSelector from) : NftStatement
{
    internal override string? ReferencedSet => from.ReferencedSet;

    public override string ToString() => $"{target} set {from}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        from.RequireAndLoad(ref writer, context);
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
