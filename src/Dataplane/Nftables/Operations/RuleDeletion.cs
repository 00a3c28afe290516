using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Removes one rule by its handle, or all rules of the table.</summary>
internal sealed class RuleDeletion(NftTable table, string? chain, ulong handle) : NftOperation(table)
{
    public override string ToString() => chain is null ? $"flush table {Table}" : $"delete rule {Table} {chain} handle {handle}";

    internal override void Encode(NftBatchEncoder encoder)
    {
        NetlinkWriter writer = encoder.Begin(this, NftMessage.DeleteRule);
        writer.WriteString(RuleAttribute.Table, Table.Name);
        if (chain is not null)
        {
            writer.WriteString(RuleAttribute.Chain, chain);
            writer.WriteUInt64BigEndian(RuleAttribute.Handle, handle);
        }
        encoder.End(ref writer, this);
    }
}
