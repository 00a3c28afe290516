using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct nexthop_grp (linux/nexthop.h): one member of NHA_GROUP.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NexthopGroupEntry
{
    public uint Id;                   // id
    public byte Weight;               // weight less 1
    public byte WeightHigh;           // resvd1, the upper half of the weight from Linux 6.12 on: zero
    public ushort Reserved;           // resvd2: zero
}
