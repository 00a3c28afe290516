using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct ifinfomsg (linux/rtnetlink.h): the family header of link messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InterfaceHeader
{
    public byte Family;               // ifi_family: AF_UNSPEC; AF_BRIDGE in notifications of bridge ports
    public byte Padding;              // __ifi_pad: zero
    public ushort Type;               // ifi_type: ARPHRD_*
    public int Index;                 // ifi_index: 0 when the link is named by IFLA_IFNAME
    public uint Flags;                // ifi_flags: IFF_*
    public uint Change;               // ifi_change: which of the flags to set
}
