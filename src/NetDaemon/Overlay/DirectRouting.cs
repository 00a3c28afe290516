using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Overlay;

/// <summary>Whether two nodes need no tunnel: decided from what both publish and nothing else, so both ends decide alike.</summary>
internal static class DirectRouting
{
    /// <summary>The other node's address on a segment that both are on, or null: through the tunnel.</summary>
    /// <remarks>
    /// One next hop serves both families, and only an IPv6 one can (RTA_VIA has no IPv4 gateway for IPv6 routes). So over IPv4 alone only as long as
    /// neither has IPv6 blocks.
    /// </remarks>
    public static IPAddress? Gateway(OverlayNode own, OverlayNode other)
    {
        if (Share(own, other, AddressFamily.InterNetworkV6))
        {
            return other.Underlay6;
        }
        bool needs6 = own.Blocks.Concat(other.Blocks).Any(b => b.Family == AddressFamily.InterNetworkV6);
        return !needs6 && Share(own, other, AddressFamily.InterNetwork) ? other.Underlay4 : null;
    }

    private static bool Share(OverlayNode own, OverlayNode other, AddressFamily family)
    {
        if (own.Underlay(family) is not { } from || other.Underlay(family) is not { } to)
        {
            return false;
        }
        foreach (Cidr segment in own.Segments)
        {
            if (segment.Contains(from) && segment.Contains(to) && other.Segments.Contains(segment))
            {
                return true;
            }
        }
        return false;
    }
}
