using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct genlmsghdr (linux/genetlink.h): the family header of generic netlink.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GenericHeader
{
    public byte Command;              // cmd
    public byte Version;              // version
    public ushort Reserved;           // reserved: zero
}
