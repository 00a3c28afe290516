using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_u32_sel (linux/pkt_cls.h) without the keys that follow it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SelectorHeader
{
    public byte Flags;           // flags: TC_U32_TERMINAL 1
    public byte OffsetShift;     // offshift
    public byte KeyCount;        // nkeys
    public ushort OffsetMask;    // offmask, network order
    public ushort Offset;        // off
    public short OffsetOffset;   // offoff
    public short HashOffset;     // hoff: where the word lies that chooses a bucket of the linked table
    public uint HashMask;        // hmask, network order
}
