using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>update @recent { ip saddr timeout 30s }</c>.</summary>
internal sealed class DynamicSetStatement(uint operation, string set, NftSelector key, TimeSpan timeout) : NftStatement
{
    internal override string? ReferencedSet => set;

    public override string ToString() =>
        $"{(operation == 0 ? "add" : "update")} @{set} {{ {key}{(timeout > TimeSpan.Zero ? $" timeout {NftText.Duration(timeout)}" : "")} }}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        key.RequireAndLoad(ref writer, context);
        Expressions.DynamicSet(ref writer, 0, operation, set, (ulong)timeout.TotalMilliseconds);
    }
}
