using Weft.Dataplane;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Wiring;

/// <summary>The node's side of an attachment when there is no weftd to look after it.</summary>
internal static class HostLink
{
    /// <summary>Deletes a link in the plugin's own namespace, and with a veth its peer. Nothing happens when there is none.</summary>
    /// <exception cref="KernelException">The kernel refused for another reason.</exception>
    public static void DeleteIfPresent(string name)
    {
        using RouteSocket node = RouteSocket.Open();
        foreach (KernelException refused in node.TryExecute(new RouteBatch(256).DeleteLink(name)))
        {
            if (refused.Errno != Errno.ENODEV)
            {
                throw refused;
            }
        }
    }
}
