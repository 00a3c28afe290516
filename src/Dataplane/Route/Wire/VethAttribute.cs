namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of a veth pair (linux/veth.h).</summary>
internal static class VethAttribute
{
    public const ushort Peer = 1;                 // VETH_INFO_PEER: a struct ifinfomsg and link attributes
}
