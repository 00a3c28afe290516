using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tcmsg (linux/rtnetlink.h): the family header of queueing disciplines, classes and filters.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficHeader
{
    public byte Family;          // tcm_family
    public byte Padding1;        // tcm__pad1
    public ushort Padding2;      // tcm__pad2
    public int Index;            // tcm_ifindex
    public uint Handle;          // tcm_handle
    public uint Parent;          // tcm_parent
    public uint Info;            // tcm_info: a filter's priority << 16 | protocol in network order
}
