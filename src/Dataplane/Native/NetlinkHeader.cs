using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct nlmsghdr (linux/netlink.h), host byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkHeader
{
    public const int Size = 16;

    public uint Length;      // nlmsg_len: header included, padding to 4 not
    public ushort Type;      // nlmsg_type
    public ushort Flags;     // nlmsg_flags
    public uint Sequence;    // nlmsg_seq
    public uint PortId;      // nlmsg_pid: of the sender
}
