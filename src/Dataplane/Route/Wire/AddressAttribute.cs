namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of address messages (linux/if_addr.h).</summary>
internal static class AddressAttribute
{
    public const ushort Address = 1;              // IFA_ADDRESS: the peer of a point-to-point address, else the address
    public const ushort Local = 2;                // IFA_LOCAL
    public const ushort Flags = 8;                // IFA_FLAGS
    public const ushort Protocol = 11;            // IFA_PROTO: Linux 5.18
}
