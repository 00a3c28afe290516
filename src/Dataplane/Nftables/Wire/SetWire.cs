using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables.Wire;

/// <summary>Attributes of sets and elements.</summary>
internal static class SetWire
{
    /// <summary>Bytes that an element may take, besides its values, its chain's name and its comment.</summary>
    private const int ElementOverhead = 96;

    /// <summary>Writes all of a set's definition but the table and its name.</summary>
    public static void WriteDefinition(ref NetlinkWriter writer, NftSet set, uint id, bool anonymous)
    {
        uint flags = (uint)set.Flags;
        flags |= set.Data is null ? 0 : NftConstant.SetMap;
        flags |= set.IsInterval && set.Key.IsConcatenation ? NftConstant.SetConcatenation : 0;
        flags |= set.Counters ? NftConstant.SetExpression : 0;
        flags |= anonymous ? NftConstant.SetAnonymous : 0;
        writer.WriteUInt32BigEndian(SetAttribute.Flags, flags);
        writer.WriteUInt32BigEndian(SetAttribute.KeyType, set.Key.Id);
        writer.WriteUInt32BigEndian(SetAttribute.KeyLength, (uint)set.Key.Length);
        if (set.Data is { } data)
        {
            writer.WriteUInt32BigEndian(SetAttribute.DataType, set.IsVerdictMap ? NftConstant.VerdictType : data.Id);
            writer.WriteUInt32BigEndian(SetAttribute.DataLength, set.IsVerdictMap ? 16u : (uint)data.Length);
        }
        writer.WriteUInt32BigEndian(SetAttribute.Id, id);
        if (set.Timeout > TimeSpan.Zero)
        {
            writer.WriteUInt64BigEndian(SetAttribute.Timeout, (ulong)set.Timeout.TotalMilliseconds);
        }
        WriteDescription(ref writer, set);
        WriteUserData(ref writer, set);
        if (set.Counters)
        {
            NestedAttribute expression = writer.BeginNested(SetAttribute.Expression, flagged: false);
            Expressions.CounterOfSet(ref writer);
            writer.EndNested(expression);
        }
    }

    /// <summary>Most bytes that an element takes.</summary>
    public static int RoomFor(in NftElement element) =>
        ElementOverhead + element.Key.Length + element.End.Length + element.Data.Length
        + (3 * (element.Verdict?.Chain?.Length ?? 0)) + (3 * (element.Comment?.Length ?? 0));

    /// <summary>Writes an element; a range in a plain interval set takes two: its first value, and the one behind its last.</summary>
    public static void WriteElement(ref NetlinkWriter writer, NftSet set, in NftElement element)
    {
        bool plainInterval = set.IsInterval && !set.Key.IsConcatenation;
        NestedAttribute item = writer.BeginNested(ListAttribute.Element, flagged: false);
        Expressions.Value(ref writer, ElementAttribute.Key, element.Key.Bytes);
        if (set.IsInterval && !plainInterval)
        {
            Expressions.Value(ref writer, ElementAttribute.KeyEnd, element.Last.Bytes);
        }
        if (element.Verdict is { } verdict)
        {
            Expressions.VerdictValue(ref writer, ElementAttribute.Data, verdict);
        }
        else if (!element.Data.IsNone)
        {
            Expressions.Value(ref writer, ElementAttribute.Data, element.Data.Bytes);
        }
        if (element.Timeout > TimeSpan.Zero)
        {
            writer.WriteUInt64BigEndian(ElementAttribute.Timeout, (ulong)element.Timeout.TotalMilliseconds);
        }
        if (element.Comment is { } comment)
        {
            UserData.WriteComment(ref writer, ElementAttribute.UserData, comment);
        }
        writer.EndNested(item);
        if (plainInterval && element.Last.Next() is { IsNone: false } behind)
        {
            NestedAttribute end = writer.BeginNested(ListAttribute.Element, flagged: false);
            Expressions.Value(ref writer, ElementAttribute.Key, behind.Bytes);
            writer.WriteUInt32BigEndian(ElementAttribute.Flags, NftConstant.ElementIntervalEnd);
            writer.EndNested(end);
        }
    }

    private static void WriteDescription(ref NetlinkWriter writer, NftSet set)
    {
        bool concatenation = set.IsInterval && set.Key.IsConcatenation;
        if (set.Size == 0 && !concatenation)
        {
            return;
        }
        NestedAttribute description = writer.BeginNested(SetAttribute.Description, flagged: false);
        if (set.Size > 0)
        {
            writer.WriteUInt32BigEndian(SetDescriptionAttribute.Size, set.Size);
        }
        if (concatenation)
        {
            NestedAttribute fields = writer.BeginNested(SetDescriptionAttribute.Concatenation, flagged: false);
            foreach (NftDataType field in set.Key.Fields)
            {
                NestedAttribute item = writer.BeginNested(ListAttribute.Element, flagged: false);
                writer.WriteUInt32BigEndian(SetFieldAttribute.Length, (uint)field.Length);
                writer.EndNested(item);
            }
            writer.EndNested(fields);
        }
        writer.EndNested(description);
    }

    private static void WriteUserData(ref NetlinkWriter writer, NftSet set)
    {
        // nft(8) needs the byte order to print what has no order of its own.
        Span<byte> bytes = stackalloc byte[12];
        int length = UserData.PutUInt32(bytes, NftConstant.UserDataKeyByteOrder, ByteOrder(set.Key));
        if (set.Data is not null && !set.IsVerdictMap)
        {
            length += UserData.PutUInt32(bytes[length..], NftConstant.UserDataDataByteOrder, ByteOrder(set.Data));
        }
        writer.WriteBytes(SetAttribute.UserData, bytes[..length]);
    }

    private static uint ByteOrder(NftType type) => type.Fields[0].IsHostOrder ? 1u : 2;     // enum byteorder in nftables' datatype.h
}
