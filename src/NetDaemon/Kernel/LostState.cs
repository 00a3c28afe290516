using Weft.Dataplane.Route;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// An empty state directory on a node whose containers run: lost, or the wrong one. weftd does not start then, for it would
/// take all of them for leftovers. What forwards goes on forwarding meanwhile.
/// </summary>
internal static class LostState
{
    /// <exception cref="StoreException">The node has containers that an empty state knows nothing of.</exception>
    public static void RequireNone(string stateDirectory)
    {
        using RouteSocket socket = RouteSocket.Open();
        int ports = socket.Links(kind: "veth").Count(l => LinkReconciler.IsOurPort(l) && l.MasterIndex != 0 && l.Group != LinkReaper.Group);
        if (ports > 0)
        {
            throw new StoreException($"the state directory {stateDirectory} is empty, but this node has {ports} containers that a weftd attached")
            {
                NextStep = "give the --state-dir that it used; if that state is lost, `weftd cleanup` removes these containers' interfaces",
            };
        }
    }
}
