using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Reading;

/// <summary>Reads the definition of a set.</summary>
internal static class SetDecoder
{
    private const uint KnownFlags = 0x1ff;

    public static InTable<NftSetInfo> Decode(NftFamily family, in NetlinkMessage message)
    {
        string table = "";
        string name = "";
        uint flags = 0;
        uint keyType = 0;
        uint dataType = 0;
        uint size = 0;
        ulong timeout = 0;
        bool counters = false;
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case SetAttribute.Table:
                    table = attribute.String;
                    break;
                case SetAttribute.Name:
                    name = attribute.String;
                    break;
                case SetAttribute.Flags:
                    flags = attribute.UInt32BigEndian;
                    break;
                case SetAttribute.KeyType:
                    keyType = attribute.UInt32BigEndian;
                    break;
                case SetAttribute.DataType:
                    dataType = attribute.UInt32BigEndian;
                    break;
                case SetAttribute.Timeout:
                    timeout = attribute.UInt64BigEndian;
                    break;
                case SetAttribute.Description:
                    size = Size(attribute.Nested);
                    break;
                case SetAttribute.Expression:
                    counters = IsCounter(attribute.Nested);
                    break;
            }
        }
        NftType? key = NftType.Find(keyType);
        NftType? data = dataType == NftConstant.VerdictType ? NftDataType.Verdict : NftType.Find(dataType);
        bool isMap = (flags & NftConstant.SetMap) != 0;
        NftSet? set = key is null || (isMap && data is null) || (flags & ~KnownFlags) != 0
            ? null
            : new NftSet(name, key)
            {
                Data = isMap ? data : null,
                Flags = (NftSetFlags)flags & (NftSetFlags.Constant | NftSetFlags.Interval | NftSetFlags.Timeout | NftSetFlags.Dynamic),
                Timeout = TimeSpan.FromMilliseconds(Math.Min(timeout, (ulong)TimeSpan.MaxValue.TotalMilliseconds / 2)),
                Size = size,
                Counters = counters,
            };
        return new InTable<NftSetInfo>(family, table, new NftSetInfo(name, set, (flags & NftConstant.SetAnonymous) != 0));
    }

    private static uint Size(AttributeReader reader)
    {
        uint size = 0;
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == SetDescriptionAttribute.Size)
            {
                size = attribute.UInt32BigEndian;
            }
        }
        return size;
    }

    private static bool IsCounter(AttributeReader reader)
    {
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == ExpressionAttribute.Name && attribute.String == "counter")
            {
                return true;
            }
        }
        return false;
    }
}
