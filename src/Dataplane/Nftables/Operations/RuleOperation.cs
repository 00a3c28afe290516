using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Statements;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Adds a rule at the end of a chain, at its beginning, or before another.</summary>
internal sealed class RuleOperation(NftTable table, string chain, NftRule rule, bool append, ulong position = 0) : NftOperation(table)
{
    private const int Room = 20 * 1024;

    public override string ToString() =>
        $"{(append ? "add" : "insert")} rule {Table} {chain}{(position == 0 ? "" : $" position {position}")} {rule}";

    internal override void Encode(NftBatchEncoder encoder)
    {
        RuleContext context = encoder.Context(Table.Family);
        foreach (NftStatement statement in rule.Statements)
        {
            if (statement.Anonymous is { } set)
            {
                EncodeSet(encoder, set);
            }
        }
        NetlinkMessageFlags flags = NetlinkMessageFlags.Create | (append ? NetlinkMessageFlags.Append : NetlinkMessageFlags.None);
        NetlinkWriter writer = encoder.Begin(this, NftMessage.NewRule, flags, Room);
        writer.WriteString(RuleAttribute.Table, Table.Name);
        writer.WriteString(RuleAttribute.Chain, chain);
        if (position != 0)
        {
            writer.WriteUInt64BigEndian(RuleAttribute.Position, position);
        }
        NestedAttribute list = writer.BeginNested(RuleAttribute.Expressions, flagged: false);
        rule.WriteStatements(ref writer, context);
        writer.EndNested(list);
        UserData.WriteComment(ref writer, RuleAttribute.UserData, rule.Mark(Table.Family));
        encoder.End(ref writer, this);
    }

    private void EncodeSet(NftBatchEncoder encoder, AnonymousSet set)
    {
        var definition = new NftSet(AnonymousSet.Name, set.Type) { Flags = NftSetFlags.Constant, Size = (uint)set.Values.Count };
        uint id = encoder.TakeSetId();
        NetlinkWriter writer = encoder.Begin(this, NftMessage.NewSet, NetlinkMessageFlags.Create);
        writer.WriteString(SetAttribute.Table, Table.Name);
        writer.WriteString(SetAttribute.Name, AnonymousSet.Name);
        SetWire.WriteDefinition(ref writer, definition, id, anonymous: true);
        encoder.End(ref writer, this);

        int room = set.Values.Sum(static value => SetWire.RoomFor(value));
        writer = encoder.Begin(this, NftMessage.NewElement, NetlinkMessageFlags.Create, room + 1024);
        writer.WriteString(ElementListAttribute.Table, Table.Name);
        writer.WriteString(ElementListAttribute.Set, AnonymousSet.Name);
        writer.WriteUInt32BigEndian(ElementListAttribute.SetId, id);
        NestedAttribute list = writer.BeginNested(ElementListAttribute.Elements, flagged: false);
        foreach (NftValue value in set.Values)
        {
            SetWire.WriteElement(ref writer, definition, value);
        }
        writer.EndNested(list);
        encoder.End(ref writer, this);
    }
}
