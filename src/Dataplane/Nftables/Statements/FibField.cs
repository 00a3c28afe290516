using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>What the routing tables say (enum nft_fib_result, nft_fib_flags).</summary>
internal sealed record FibField(string Name, NftDataType Type, uint Result, uint Flags) : NftField(Name, Type)
{
    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot) => Expressions.Fib(ref writer, slot, Result, Flags);
}
