using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Makes, removes or empties a set or map.</summary>
internal sealed class SetOperation(NftTable table, NftSet set, OperationVerb verb) : NftOperation(table)
{
    public override string ToString() => $"{verb.Word()} {set.Kind} {Table} {(verb.IsNew() ? set : set.Name)}";

    internal override void Encode(NftBatchEncoder encoder)
    {
        if (verb == OperationVerb.Flush)
        {
            NetlinkWriter flush = encoder.Begin(this, NftMessage.DeleteElement);
            flush.WriteString(ElementListAttribute.Table, Table.Name);
            flush.WriteString(ElementListAttribute.Set, set.Name);
            encoder.End(ref flush, this);
            return;
        }
        NftMessage message = verb switch
        {
            OperationVerb.Delete => NftMessage.DeleteSet,
            OperationVerb.Destroy => NftMessage.DestroySet,
            _ => NftMessage.NewSet,
        };
        NetlinkWriter writer = encoder.Begin(this, message, verb.Flags());
        writer.WriteString(SetAttribute.Table, Table.Name);
        writer.WriteString(SetAttribute.Name, set.Name);
        if (verb.IsNew())
        {
            SetWire.WriteDefinition(ref writer, set, encoder.TakeSetId(), anonymous: false);
        }
        encoder.End(ref writer, this);
    }
}
