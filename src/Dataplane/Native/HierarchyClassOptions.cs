using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_htb_opt (linux/pkt_sched.h): a class of a hierarchical token bucket.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HierarchyClassOptions
{
    public RateSpecification Rate;       // rate
    public RateSpecification Ceiling;    // ceil
    public uint Buffer;                  // buffer: the burst in ticks of 64 ns at the rate
    public uint CeilingBuffer;           // cbuffer
    public uint Quantum;                 // quantum: bytes that a class may send in its turn
    public uint Level;                   // level
    public uint Priority;                // prio
}
