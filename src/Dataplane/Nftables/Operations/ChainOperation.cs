using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Makes, removes or empties a chain.</summary>
internal sealed class ChainOperation(NftTable table, NftChain chain, OperationVerb verb) : NftOperation(table)
{
    public override string ToString() => $"{verb.Word()} chain {Table} {(verb.IsNew() ? chain : chain.Name)}";

    internal override void Encode(NftBatchEncoder encoder)
    {
        if (verb == OperationVerb.Flush)
        {
            NetlinkWriter flush = encoder.Begin(this, NftMessage.DeleteRule);
            flush.WriteString(RuleAttribute.Table, Table.Name);
            flush.WriteString(RuleAttribute.Chain, chain.Name);
            encoder.End(ref flush, this);
            return;
        }
        NftMessage message = verb switch
        {
            OperationVerb.Delete => NftMessage.DeleteChain,
            OperationVerb.Destroy => NftMessage.DestroyChain,
            _ => NftMessage.NewChain,
        };
        NetlinkWriter writer = encoder.Begin(this, message, verb.Flags());
        writer.WriteString(ChainAttribute.Table, Table.Name);
        writer.WriteString(ChainAttribute.Name, chain.Name);
        if (verb.IsNew() && chain.Base is { } entry)
        {
            NestedAttribute hook = writer.BeginNested(ChainAttribute.Hook, flagged: false);
            writer.WriteUInt32BigEndian(HookAttribute.Number, HookNumber.Of(Table.Family, entry.Hook));
            writer.WriteUInt32BigEndian(HookAttribute.Priority, unchecked((uint)entry.Priority));
            if (entry.Device is not null)
            {
                writer.WriteString(HookAttribute.Device, entry.Device);
            }
            writer.EndNested(hook);
            writer.WriteUInt32BigEndian(ChainAttribute.Policy, entry.DropByDefault ? 0u : 1);
            writer.WriteString(ChainAttribute.Type, entry.Type.ToString().ToLowerInvariant());
        }
        encoder.End(ref writer, this);
    }
}
