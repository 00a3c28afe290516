using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_ratespec (linux/pkt_sched.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RateSpecification
{
    public byte CellLog;         // cell_log: of rate tables, which nobody needs any more
    public byte LinkLayer;       // linklayer: TC_LINKLAYER_ETHERNET 1; 0 would ask for a rate table
    public ushort Overhead;      // overhead
    public short CellAlign;      // cell_align
    public ushort Mpu;           // mpu
    public uint Rate;            // rate: bytes per second, all ones where a 64-bit attribute says more
}
