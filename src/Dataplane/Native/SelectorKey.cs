using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_u32_key (linux/pkt_cls.h): a word of the packet, from its IP header on, that must have a value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SelectorKey
{
    public uint Mask;            // mask, network order
    public uint Value;           // val, network order
    public int Offset;           // off, bytes
    public int OffsetMask;       // offmask
}
