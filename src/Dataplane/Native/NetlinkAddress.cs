using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct sockaddr_nl (linux/netlink.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkAddress
{
    public ushort Family;    // nl_family: AF_NETLINK
    public ushort Padding;   // nl_pad: zero
    public uint PortId;      // nl_pid: 0 is the kernel
    public uint Groups;      // nl_groups: multicast groups 1 to 32 as bits
}
