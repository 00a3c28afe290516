using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct fib_rule_hdr (linux/fib_rules.h): the family header of rule messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RuleHeader
{
    public byte Family;               // family
    public byte DestinationLength;    // dst_len, bits
    public byte SourceLength;         // src_len, bits
    public byte Tos;                  // tos
    public byte Table;                // table: 0 where FRA_TABLE says it
    public byte Reserved1;            // res1: zero
    public byte Reserved2;            // res2: zero
    public byte Action;               // action: FR_ACT_*
    public uint Flags;                // flags: FIB_RULE_*
}
