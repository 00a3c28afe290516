using System.Net.Sockets;

namespace Weft.NetDaemon.Overlay;

/// <summary>Whether two nodes need no tunnel: decided from what both publish and nothing else, so both ends decide alike.</summary>
internal static class DirectRouting
{
    /// <summary>Whether each sends to the other without a tunnel: both say so.</summary>
    public static bool IsUsed(OverlayNode own, OverlayNode other) => own.RoutesDirectly && other.RoutesDirectly && IsPossible(own, other);

    /// <summary>
    /// Whether each takes what the other sends without a tunnel: one of them says so. More than <see cref="IsUsed"/>, because the end that hears first of a change
    /// may act on it before the other has heard: nothing is lost meanwhile.
    /// </summary>
    public static bool IsTaken(OverlayNode own, OverlayNode other) => (own.RoutesDirectly || other.RoutesDirectly) && IsPossible(own, other);

    /// <summary>
    /// Both are on one segment, by either family: frames need a MAC, not an address. Those of nodes that have one MAC, such as on ipvlan links of one machine, cannot be
    /// told apart.
    /// </summary>
    private static bool IsPossible(OverlayNode own, OverlayNode other) => own.Mac is { } from && other.Mac is { } to && from != to
        && (Share(own, other, AddressFamily.InterNetwork) || Share(own, other, AddressFamily.InterNetworkV6));

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
