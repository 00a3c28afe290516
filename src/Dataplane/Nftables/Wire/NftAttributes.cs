namespace Weft.Dataplane.Nftables.Wire;

// The attribute numbers of linux/netfilter/nf_tables.h, one class an enum.

internal static class ListAttribute
{
    public const ushort Element = 1;            // NFTA_LIST_ELEM
}

internal static class TableAttribute
{
    public const ushort Name = 1;
    public const ushort Flags = 2;
    public const ushort Handle = 4;
    public const ushort Owner = 7;              // netlink port of the owner
}

internal static class ChainAttribute
{
    public const ushort Table = 1;
    public const ushort Handle = 2;
    public const ushort Name = 3;
    public const ushort Hook = 4;
    public const ushort Policy = 5;
    public const ushort Type = 7;
    public const ushort Flags = 10;
}

internal static class HookAttribute
{
    public const ushort Number = 1;
    public const ushort Priority = 2;
    public const ushort Device = 3;
    public const ushort Devices = 4;
}

internal static class RuleAttribute
{
    public const ushort Table = 1;
    public const ushort Chain = 2;
    public const ushort Handle = 3;
    public const ushort Expressions = 4;
    public const ushort Position = 6;
    public const ushort UserData = 7;
}

internal static class SetAttribute
{
    public const ushort Table = 1;
    public const ushort Name = 2;
    public const ushort Flags = 3;
    public const ushort KeyType = 4;
    public const ushort KeyLength = 5;
    public const ushort DataType = 6;
    public const ushort DataLength = 7;
    public const ushort Description = 9;
    public const ushort Id = 10;
    public const ushort Timeout = 11;
    public const ushort UserData = 13;
    public const ushort Handle = 16;
    public const ushort Expression = 17;
    public const ushort Expressions = 18;
}

internal static class SetDescriptionAttribute
{
    public const ushort Size = 1;
    public const ushort Concatenation = 2;
}

internal static class SetFieldAttribute
{
    public const ushort Length = 1;
}

internal static class ElementListAttribute
{
    public const ushort Table = 1;
    public const ushort Set = 2;
    public const ushort Elements = 3;
    public const ushort SetId = 4;
}

internal static class ElementAttribute
{
    public const ushort Key = 1;
    public const ushort Data = 2;
    public const ushort Flags = 3;
    public const ushort Timeout = 4;
    public const ushort Expiration = 5;
    public const ushort UserData = 6;
    public const ushort Expression = 7;
    public const ushort KeyEnd = 10;
    public const ushort Expressions = 11;
}

internal static class DataAttribute
{
    public const ushort Value = 1;
    public const ushort Verdict = 2;
}

internal static class VerdictAttribute
{
    public const ushort Code = 1;
    public const ushort Chain = 2;
}

internal static class ExpressionAttribute
{
    public const ushort Name = 1;
    public const ushort Data = 2;
}

internal static class CounterAttribute
{
    public const ushort Bytes = 1;
    public const ushort Packets = 2;
}

internal static class ObjectAttribute
{
    public const ushort Table = 1;
    public const ushort Name = 2;
    public const ushort Type = 3;
    public const ushort Data = 4;
}

internal static class GenerationAttribute
{
    public const ushort Id = 1;
    public const ushort ProcessId = 2;
    public const ushort ProcessName = 3;
}

/// <summary>Numbers that are not attributes.</summary>
internal static class NftConstant
{
    public const uint SetAnonymous = 0x1;
    public const uint SetConstant = 0x2;
    public const uint SetMap = 0x8;
    public const uint SetConcatenation = 0x80;
    public const uint SetExpression = 0x100;
    public const uint ElementIntervalEnd = 0x1;
    public const uint VerdictType = 0xffffff00;     // NFT_DATA_VERDICT
    public const uint CounterObject = 1;            // NFT_OBJECT_COUNTER
    public const uint BaseChain = 0x1;              // NFT_CHAIN_BASE

    // Userdata is a list of (type, length, value), one byte each for the first two; the kernel does not look inside.
    // Numbers of libnftnl's udata.h, so that nft(8) reads it.
    public const byte UserDataComment = 0;          // of rules and elements
    public const byte UserDataKeyByteOrder = 0;     // of sets
    public const byte UserDataDataByteOrder = 1;    // of sets
}
