using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Reading;

/// <summary>
/// Reads the kernel's messages about nf_tables. Throws <see cref="MalformedNetlinkException"/> and nothing else, whatever the bytes.
/// </summary>
internal static class NftDecoder
{
    public static NftGeneration? Generation(in NetlinkMessage message)
    {
        if (!Is(message, NftMessage.NewGeneration))
        {
            return null;
        }
        uint id = 0;
        uint process = 0;
        string? name = null;
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case GenerationAttribute.Id:
                    id = attribute.UInt32BigEndian;
                    break;
                case GenerationAttribute.ProcessId:
                    process = attribute.UInt32BigEndian;
                    break;
                case GenerationAttribute.ProcessName:
                    name = attribute.String;
                    break;
            }
        }
        return new NftGeneration(id, process, name);
    }

    public static NftTableInfo? Table(in NetlinkMessage message)
    {
        if (!Is(message, NftMessage.NewTable))
        {
            return null;
        }
        string name = "";
        uint flags = 0;
        uint? owner = null;
        ulong handle = 0;
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case TableAttribute.Name:
                    name = attribute.String;
                    break;
                case TableAttribute.Flags:
                    flags = attribute.UInt32BigEndian;
                    break;
                case TableAttribute.Owner:
                    owner = attribute.UInt32BigEndian;
                    break;
                case TableAttribute.Handle:
                    handle = attribute.UInt64BigEndian;
                    break;
            }
        }
        return new NftTableInfo(new NftTable(Family(message), name, (NftTableFlags)flags), handle, owner);
    }

    public static InTable<NftChain>? Chain(in NetlinkMessage message)
    {
        if (!Is(message, NftMessage.NewChain))
        {
            return null;
        }
        NftFamily family = Family(message);
        string table = "";
        string name = "";
        string? type = null;
        bool drops = false;
        (NftHook Hook, int Priority, string? Device)? hook = null;
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case ChainAttribute.Table:
                    table = attribute.String;
                    break;
                case ChainAttribute.Name:
                    name = attribute.String;
                    break;
                case ChainAttribute.Hook:
                    hook = Hook(family, attribute.Nested);
                    break;
                case ChainAttribute.Policy:
                    drops = attribute.UInt32BigEndian == 0;
                    break;
                case ChainAttribute.Type:
                    type = attribute.String;
                    break;
            }
        }
        NftBase? entry = hook is { } at && Enum.TryParse(type, ignoreCase: true, out NftChainType kind)
            ? new NftBase(kind, at.Hook, at.Priority, drops, at.Device)
            : null;
        return new InTable<NftChain>(family, table, new NftChain(name, entry));
    }

    public static InTable<NftRuleInfo>? Rule(in NetlinkMessage message)
    {
        if (!Is(message, NftMessage.NewRule))
        {
            return null;
        }
        string table = "";
        string chain = "";
        string? comment = null;
        ulong handle = 0;
        byte[] expressions = [];
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case RuleAttribute.Table:
                    table = attribute.String;
                    break;
                case RuleAttribute.Chain:
                    chain = attribute.String;
                    break;
                case RuleAttribute.Handle:
                    handle = attribute.UInt64BigEndian;
                    break;
                case RuleAttribute.Expressions:
                    expressions = attribute.Value.ToArray();
                    break;
                case RuleAttribute.UserData:
                    comment = UserData.Comment(attribute.Value);
                    break;
            }
        }
        return new InTable<NftRuleInfo>(Family(message), table, new NftRuleInfo(chain, handle, comment, expressions));
    }

    public static InTable<NftSetInfo>? Set(in NetlinkMessage message) =>
        Is(message, NftMessage.NewSet) ? SetDecoder.Decode(Family(message), message) : null;

    /// <summary>A counter; null for objects of other kinds.</summary>
    public static InTable<NftCounterInfo>? Counter(in NetlinkMessage message)
    {
        if (!Is(message, NftMessage.NewObject))
        {
            return null;
        }
        string table = "";
        string name = "";
        uint type = 0;
        ulong packets = 0;
        ulong bytes = 0;
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case ObjectAttribute.Table:
                    table = attribute.String;
                    break;
                case ObjectAttribute.Name:
                    name = attribute.String;
                    break;
                case ObjectAttribute.Type:
                    type = attribute.UInt32BigEndian;
                    break;
                case ObjectAttribute.Data:
                    (packets, bytes) = Counts(attribute.Nested);
                    break;
            }
        }
        return type == NftConstant.CounterObject ? new InTable<NftCounterInfo>(Family(message), table, new NftCounterInfo(name, packets, bytes)) : null;
    }

    public static bool Is(in NetlinkMessage message, NftMessage wanted) => message.Type == NfGenHeader.Type(wanted);

    public static NftFamily Family(in NetlinkMessage message) => (NftFamily)message.Header<NetfilterHeader>().Family;

    private static (NftHook Hook, int Priority, string? Device)? Hook(NftFamily family, AttributeReader reader)
    {
        uint? number = null;
        int priority = 0;
        string? device = null;
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case HookAttribute.Number:
                    number = attribute.UInt32BigEndian;
                    break;
                case HookAttribute.Priority:
                    priority = unchecked((int)attribute.UInt32BigEndian);
                    break;
                case HookAttribute.Device:
                    device = attribute.String;
                    break;
                case HookAttribute.Devices when device is null:
                    AttributeReader devices = attribute.Nested;
                    if (devices.TryRead(out NetlinkAttribute first))
                    {
                        device = first.String;
                    }
                    break;
            }
        }
        return number is { } value && HookNumber.Parse(family, value) is { } hook ? (hook, priority, device) : null;
    }

    private static (ulong Packets, ulong Bytes) Counts(AttributeReader reader)
    {
        (ulong packets, ulong bytes) = (0, 0);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case CounterAttribute.Packets:
                    packets = attribute.UInt64BigEndian;
                    break;
                case CounterAttribute.Bytes:
                    bytes = attribute.UInt64BigEndian;
                    break;
            }
        }
        return (packets, bytes);
    }
}
