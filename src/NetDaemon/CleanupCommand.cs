using System.Net.Sockets;
using Weft.Dataplane;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon;

/// <summary>`weftd cleanup`: removes every bridge, rule, route and link that Weft made on this node. State is kept.</summary>
internal static class CleanupCommand
{
    /// <returns>The process's exit code.</returns>
    public static int Run(DaemonOptions options)
    {
        try
        {
            // While a weftd runs, it would make everything anew.
            UnixSocketFile.PrepareForBind(options.CniSocket);
            UnixSocketFile.PrepareForBind(options.DaemonSocket);
            RequireNoOwner();
            int routingRules = RemoveRoutingRules();
            int links = RemoveLinks();
            int routes = RemoveRoutes();
            int tables = RemoveTables();
            Console.Out.WriteLine($"removed {links} links, {routes} routes, {routingRules} routing rules, {tables} nf_tables tables");
            return 0;
        }
        catch (Exception e) when (e is KernelException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"weftd cleanup: {e.Message}");
            return 1;
        }
    }

    /// <exception cref="IOException">A weftd with other directories serves this node.</exception>
    private static void RequireNoOwner()
    {
        using NftSocket socket = NftSocket.Open();
        foreach (NftTable table in (NftTable[])[BridgedRules.Table, RoutedRules.Table])
        {
            if (socket.FindTable(table)?.Owner is not null)
            {
                throw new IOException($"a running weftd owns table {table}, so it serves this node; stop it first, or give its --run-dir. Nothing was removed");
            }
        }
    }

    private static int RemoveRoutingRules()
    {
        using RouteSocket socket = RouteSocket.Open();
        var batch = new RouteBatch();
        foreach (RuleInfo rule in socket.Rules().Where(r => r.Protocol == RouteProtocol.Weft))
        {
            batch.DeleteRule(HairpinLinks.SpecOf(rule));
        }
        return Send(socket, batch);
    }

    private static int RemoveLinks()
    {
        using RouteSocket socket = RouteSocket.Open();
        var batch = new RouteBatch();
        foreach (LinkInfo link in socket.Links().Where(l => LinkReconciler.IsOurPort(l) || LinkReconciler.IsOurBridge(l) || HairpinPath.IsOurs(l) || BandwidthLimits.IsShaper(l) || OverlayDevices.IsOurs(l)))
        {
            batch.DeleteLink(link.Index);
        }
        return Send(socket, batch);
    }

    private static int RemoveRoutes()
    {
        using RouteSocket socket = RouteSocket.Open();
        var batch = new RouteBatch();
        foreach (NexthopInfo nexthop in socket.Nexthops(RouteProtocol.Weft))
        {
            batch.DeleteNexthop(nexthop.Id);
        }
        // Those on links that stay: the uplink's.
        foreach (NeighbourInfo neighbour in socket.Neighbours(AddressFamily.InterNetworkV6).Where(n => n.Protocol == RouteProtocol.Weft))
        {
            batch.DeleteNeighbour(new NeighbourSpec { LinkIndex = neighbour.LinkIndex, Address = neighbour.Address });
        }
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            foreach (RouteInfo route in socket.Routes(family, protocol: RouteProtocol.Weft))
            {
                batch.DeleteRoute(new RouteSpec { Destination = route.Destination, Type = route.Type, Priority = route.Priority, Table = route.Table });
            }
        }
        return Send(socket, batch);
    }

    private static int RemoveTables()
    {
        using NftSocket socket = NftSocket.Open();
        int removed = 0;
        foreach (NftTable table in (NftTable[])[BridgedRules.Table, RoutedRules.Table])
        {
            if (socket.FindTable(table) is null)
            {
                continue;
            }
            var transaction = new NftTransaction();
            transaction.In(table).Delete();
            socket.Commit(transaction);
            removed++;
        }
        return removed;
    }

    private static int Send(RouteSocket socket, RouteBatch batch)
    {
        foreach (NetlinkException failure in socket.TryExecute(batch))
        {
            // A veth is gone with its peer, a route with its bridge.
            if (failure.Errno is not (Errno.ENODEV or Errno.ESRCH or Errno.ENOENT))
            {
                throw failure;
            }
        }
        return batch.Count;
    }
}
