using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Makes or removes a table.</summary>
internal sealed class TableOperation(NftTable table, OperationVerb verb) : NftOperation(table)
{
    public override string ToString() =>
        $"{verb.Word()} table {Table}" +
        (verb.IsNew() && Table.Flags != NftTableFlags.None
            ? $" {{ flags {Table.Flags.ToString().ToLowerInvariant().Replace(", ", ",", StringComparison.Ordinal)}; }}"
            : "");

    internal override void Encode(NftBatchEncoder encoder)
    {
        NftMessage message = verb switch
        {
            OperationVerb.Delete => NftMessage.DeleteTable,
            OperationVerb.Destroy => NftMessage.DestroyTable,
            _ => NftMessage.NewTable,
        };
        NetlinkWriter writer = encoder.Begin(this, message, verb.Flags());
        writer.WriteString(TableAttribute.Name, Table.Name);
        if (verb.IsNew())
        {
            writer.WriteUInt32BigEndian(TableAttribute.Flags, (uint)Table.Flags);
        }
        encoder.End(ref writer, this);
    }
}
