using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_htb_glob (linux/pkt_sched.h): a whole hierarchical token bucket.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HierarchyOptions
{
    public uint Version;           // version: 3
    public uint RateToQuantum;     // rate2quantum
    public uint DefaultClass;      // defcls: 0: what no filter knows passes unlimited
    public uint Debug;             // debug
    public uint DirectPackets;     // direct_pkts
}
