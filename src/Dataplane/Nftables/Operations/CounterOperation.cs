using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Makes or removes a named counter.</summary>
internal sealed class CounterOperation(NftTable table, string name, OperationVerb verb) : NftOperation(table)
{
    public override string ToString() => $"{verb.Word()} counter {Table} {name}";

    internal override void Encode(NftBatchEncoder encoder)
    {
        NftMessage message = verb switch
        {
            OperationVerb.Delete => NftMessage.DeleteObject,
            OperationVerb.Destroy => NftMessage.DestroyObject,
            _ => NftMessage.NewObject,
        };
        NetlinkWriter writer = encoder.Begin(this, message, verb.Flags());
        writer.WriteString(ObjectAttribute.Table, Table.Name);
        writer.WriteString(ObjectAttribute.Name, name);
        writer.WriteUInt32BigEndian(ObjectAttribute.Type, NftConstant.CounterObject);
        if (verb.IsNew())
        {
            NestedAttribute data = writer.BeginNested(ObjectAttribute.Data, flagged: false);
            writer.WriteUInt64BigEndian(CounterAttribute.Bytes, 0);
            writer.WriteUInt64BigEndian(CounterAttribute.Packets, 0);
            writer.EndNested(data);
        }
        encoder.End(ref writer, this);
    }
}
