using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct ndmsg (linux/neighbour.h): the family header of neighbour and FDB messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NeighbourHeader
{
    public byte Family;               // ndm_family: AF_BRIDGE for FDB entries
    public byte Padding1;             // ndm_pad1: zero
    public ushort Padding2;           // ndm_pad2: zero
    public int Index;                 // ndm_ifindex
    public ushort State;              // ndm_state: NUD_*
    public byte Flags;                // ndm_flags: NTF_*
    public byte Type;                 // ndm_type: RTN_*
}
