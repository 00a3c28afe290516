using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct nhmsg (linux/nexthop.h): the family header of nexthop messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NexthopHeader
{
    public byte Family;               // nh_family
    public byte Scope;                // nh_scope: zero in requests
    public byte Protocol;             // nh_protocol: RTPROT_*
    public byte Reserved;             // resvd: zero
    public uint Flags;                // nh_flags: RTNH_F_*
}
