using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Adds or removes elements. Many are spread over several messages, since a list may take 65,535 bytes.</summary>
internal sealed class ElementOperation(NftTable table, NftSet set, IReadOnlyList<NftElement> elements, OperationVerb verb)
    : NftOperation(table)
{
    private const int ListLimit = 60_000;

    public override string ToString() =>
        $"{verb.Word()} element {Table} {set.Name} {{ {string.Join(", ", elements.Select(element => element.Format(set)))} }}";

    public override string Title => elements.Count <= 4
        ? ToString()
        : $"{verb.Word()} element {Table} {set.Name} {{ {elements[0].Format(set)}, ... {elements.Count} in all }}";

    internal override void Encode(NftBatchEncoder encoder)
    {
        NftMessage message = verb switch
        {
            OperationVerb.Delete => NftMessage.DeleteElement,
            OperationVerb.Destroy => NftMessage.DestroyElement,
            _ => NftMessage.NewElement,
        };
        for (int i = 0; i < elements.Count;)
        {
            int end = i;
            int room = 0;
            while (end < elements.Count && room < ListLimit)
            {
                room += SetWire.RoomFor(elements[end++]);
            }
            if (room > ListLimit && end > i + 1)
            {
                room -= SetWire.RoomFor(elements[--end]);
            }
            NetlinkWriter writer = encoder.Begin(this, message, verb.Flags(), room + 1024);
            writer.WriteString(ElementListAttribute.Table, Table.Name);
            writer.WriteString(ElementListAttribute.Set, set.Name);
            NestedAttribute list = writer.BeginNested(ElementListAttribute.Elements, flagged: false);
            for (; i < end; i++)
            {
                SetWire.WriteElement(ref writer, set, elements[i]);
            }
            writer.EndNested(list);
            encoder.End(ref writer, this);
        }
    }
}
