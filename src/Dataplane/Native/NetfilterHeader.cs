using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct nfgenmsg (linux/netfilter/nfnetlink.h): the family header of netfilter messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetfilterHeader
{
    public byte Family;           // nfgen_family
    public byte Version;          // version: NFNETLINK_V0
    public ushort ResourceId;     // res_id, big-endian
}
