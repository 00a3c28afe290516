namespace Weft.Dataplane.Nftables.Wire;

/// <summary>enum nf_tables_msg_types (linux/netfilter/nf_tables.h), without the subsystem in the upper byte.</summary>
internal enum NftMessage : byte
{
    NewTable = 0,
    GetTable = 1,
    DeleteTable = 2,
    NewChain = 3,
    GetChain = 4,
    DeleteChain = 5,
    NewRule = 6,
    GetRule = 7,
    DeleteRule = 8,
    NewSet = 9,
    GetSet = 10,
    DeleteSet = 11,
    NewElement = 12,
    GetElement = 13,
    DeleteElement = 14,
    NewGeneration = 15,
    GetGeneration = 16,
    NewObject = 18,
    GetObject = 19,
    DeleteObject = 20,
    DestroyTable = 26,      // Linux 6.3, as the others below
    DestroyChain = 27,
    DestroySet = 29,
    DestroyElement = 30,
    DestroyObject = 31,
}
