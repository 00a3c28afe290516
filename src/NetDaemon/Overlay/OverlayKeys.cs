using System.Net;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// All that the kernel is told about a node follows from its number: nothing is hashed, so nothing collides, and nothing is exchanged, so
/// nothing goes stale when a machine is installed anew.
/// </summary>
internal static class OverlayKeys
{
    /// <summary>Largest node number: 20 bits of a nexthop's number.</summary>
    public const uint HighestNode = 0xf_ffff;

    /// <summary>Largest network number: 11 bits of a nexthop's number.</summary>
    public const uint HighestNetwork = 0x7ff;

    /// <summary>
    /// Metric of every overlay route. Another program's route to the same prefix has another metric, so that neither replaces the other
    /// (RTM_NEWROUTE with NLM_F_REPLACE takes whoever's route has that prefix and metric).
    /// </summary>
    public const uint RouteMetric = 87;

    private const uint FirstNexthop = 0x8000_0000;       // above what the kernel and people number by themselves

    /// <summary>Number of the nexthop object that leads to a node in a network.</summary>
    public static uint Nexthop(uint network, uint node) => FirstNexthop | (network << 20) | node;

    /// <summary>The node's address behind every VXLAN device and on its segment, fe80::5757:n. Never on a wire: the neighbour is permanent.</summary>
    public static IPAddress Gateway(uint node)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        (bytes[0], bytes[1]) = (0xfe, 0x80);
        bytes[11] = (byte)(node >> 16);
        (bytes[12], bytes[13]) = (0x57, 0x57);
        (bytes[14], bytes[15]) = ((byte)(node >> 8), (byte)node);
        return new IPAddress(bytes);
    }

    /// <summary>Whether an address is such a one of some node.</summary>
    public static bool IsGateway(IPAddress address) => NodeAt(address) is not null;

    /// <summary>The number of the node that such an address is of; null: it is of none.</summary>
    public static uint? NodeAt(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out int written) || written != bytes.Length)
        {
            return null;
        }
        uint node = ((uint)bytes[11] << 16) | ((uint)bytes[14] << 8) | bytes[15];
        return new IPAddress(bytes).Equals(Gateway(node)) ? node : null;
    }

    /// <summary>MAC of the node's VXLAN devices. They differ per node: the driver drops frames that come from its own.</summary>
    public static MacAddress Mac(uint node) => DerivedMacs.Vtep(node);
}
