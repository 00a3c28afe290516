using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct rtmsg (linux/rtnetlink.h): the family header of route messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RouteHeader
{
    public byte Family;               // rtm_family
    public byte DestinationLength;    // rtm_dst_len, bits
    public byte SourceLength;         // rtm_src_len, bits
    public byte Tos;                  // rtm_tos
    public byte Table;                // rtm_table: 0 where RTA_TABLE says it
    public byte Protocol;             // rtm_protocol: RTPROT_*
    public byte Scope;                // rtm_scope: RT_SCOPE_*
    public byte Type;                 // rtm_type: RTN_*
    public uint Flags;                // rtm_flags: RTNH_F_* and RTM_F_*
}
