using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// The fewest operations from what is to what should be, in an order in which no packet lacks a way: neighbour, forwarding entry, nexthop, route; and only then
/// what is not wanted, the other way round. A nexthop that goes takes its routes with it.
/// </summary>
internal static class OverlayDiff
{
    /// <summary>Queues them.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="wanted">What should be.</param>
    /// <param name="have">What is.</param>
    /// <returns>What cannot be done, one sentence each.</returns>
    public static IReadOnlyList<string> Queue(RouteBatch batch, OverlayTables wanted, OverlayState have)
    {
        OverlayTables actual = have.Tables;
        List<uint> goneNexthops = [.. actual.Nexthops.Keys.Concat(have.StrayNexthops).Where(id => !wanted.Nexthops.ContainsKey(id)).Order()];
        var deleted = goneNexthops.ToHashSet();
        foreach (((int link, IPAddress address), MacAddress mac) in wanted.Neighbours)
        {
            if (!actual.Neighbours.TryGetValue((link, address), out MacAddress known) || known != mac)
            {
                batch.ReplaceNeighbour(new NeighbourSpec { LinkIndex = link, Address = address, Mac = mac });
            }
        }
        foreach (((int link, MacAddress mac), IPAddress remote) in wanted.Fdb)
        {
            if (!actual.Fdb.TryGetValue((link, mac), out IPAddress? known) || !known.Equals(remote))
            {
                batch.ReplaceFdb(new FdbSpec { LinkIndex = link, Mac = mac, Remote = remote });
            }
        }
        var problems = new List<string>();
        var anew = new HashSet<uint>();
        QueueNexthops(batch, wanted, have, anew, problems);
        foreach ((Cidr block, uint nexthop) in wanted.Routes)
        {
            if (!have.ForeignNexthops.Contains(nexthop)
                && (!actual.Routes.TryGetValue(block, out uint known) || known != nexthop || anew.Contains(nexthop)))
            {
                batch.ReplaceRoute(RouteTo(block, nexthop));
            }
        }
        foreach (RouteInfo route in have.StrayRoutes.Where(r => !deleted.Contains(r.NexthopId) && !anew.Contains(r.NexthopId)))
        {
            batch.DeleteRoute(new RouteSpec { Destination = route.Destination, Table = route.Table, Priority = route.Priority, Type = route.Type, NexthopId = route.NexthopId });
        }
        foreach ((Cidr block, uint nexthop) in actual.Routes)
        {
            if (!wanted.Routes.ContainsKey(block) && !deleted.Contains(nexthop) && !anew.Contains(nexthop))
            {
                batch.DeleteRoute(RouteTo(block, nexthop));
            }
        }
        foreach (uint id in goneNexthops)
        {
            batch.DeleteNexthop(id);
        }
        foreach ((int link, MacAddress mac) in actual.Fdb.Keys.Where(k => !wanted.Fdb.ContainsKey(k)))
        {
            batch.DeleteFdb(new FdbSpec { LinkIndex = link, Mac = mac, Flags = NeighbourFlags.Self });
        }
        foreach ((int link, IPAddress address) in actual.Neighbours.Keys.Where(k => !wanted.Neighbours.ContainsKey(k)))
        {
            batch.DeleteNeighbour(new NeighbourSpec { LinkIndex = link, Address = address });
        }
        return problems;
    }

    private static void QueueNexthops(RouteBatch batch, OverlayTables wanted, OverlayState have, HashSet<uint> anew, List<string> problems)
    {
        foreach ((uint id, OverlayNexthop nexthop) in wanted.Nexthops)
        {
            if (have.ForeignNexthops.Contains(id))
            {
                problems.Add($"nexthop {id} is another program's, so the node behind it is not reached; remove it: ip nexthop del id {id}");
                continue;
            }
            if (have.Tables.Nexthops.TryGetValue(id, out OverlayNexthop known) && known == nexthop)
            {
                continue;
            }
            if (have.StrayNexthops.Contains(id))
            {
                // A group does not become a nexthop (EINVAL), nor does a black hole with routes of the other family.
                batch.DeleteNexthop(id);
                anew.Add(id);
            }
            batch.ReplaceNexthop(new NexthopSpec { Id = id, Gateway = nexthop.Gateway, LinkIndex = nexthop.LinkIndex, OnLink = true });
        }
    }

    private static RouteSpec RouteTo(Cidr block, uint nexthop) =>
        new() { Destination = new IPNetwork(block.First, block.PrefixLength), NexthopId = nexthop, Priority = OverlayKeys.RouteMetric };
}
