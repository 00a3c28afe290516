using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct ifaddrmsg (linux/if_addr.h): the family header of address messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressHeader
{
    public byte Family;               // ifa_family
    public byte PrefixLength;         // ifa_prefixlen, bits
    public byte Flags;                // ifa_flags: the lower 8; IFA_FLAGS has all
    public byte Scope;                // ifa_scope
    public uint Index;                // ifa_index
}
