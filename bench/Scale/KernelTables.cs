using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route;
using Weft.Manifests.Addresses;
using Weft.NetDaemon.Overlay;

namespace Weft.Scale;

/// <summary>Reads what the kernel has, compares it with what the nodes' records say, and empties it.</summary>
internal static class KernelTables
{
    /// <summary>Whether each node and block, and nothing else, is in the kernel.</summary>
    /// <exception cref="InvalidOperationException">No; says what is not.</exception>
    public static void Verify(SimulatedCluster cluster)
    {
        using RouteSocket socket = RouteSocket.Open();
        Dictionary<int, int> devices = socket.Links(kind: "vxlan").ToDictionary(l => l.Index, l => int.Parse(l.Name.AsSpan(4, l.Name.Length - 5), null));
        Require(devices.Count == cluster.Networks, $"{devices.Count} VXLAN devices");
        HashSet<string> actual = [], wanted = [];
        foreach ((int device, int network) in devices)
        {
            actual.UnionWith(socket.Neighbours(System.Net.Sockets.AddressFamily.InterNetworkV6, device)
                .Where(n => n.State == NeighbourState.Permanent).Select(n => $"neighbour {network} {n.Address} {n.Mac}"));
            actual.UnionWith(socket.Fdb(linkIndex: device).Select(f => $"fdb {network} {f.Mac} {f.Remote}"));
        }
        actual.UnionWith(socket.Nexthops().Select(n => $"nexthop {devices[n.LinkIndex]} {n.Id} {n.Gateway}"));
        actual.UnionWith(socket.Routes().Where(r => r.NexthopId != 0).Select(r => $"route {r.Destination} {r.NexthopId}"));
        foreach (SimulatedNode node in cluster.Nodes)
        {
            foreach ((int index, _, Cidr block) in node.Blocks)
            {
                uint network = (uint)index + 1;
                wanted.Add($"neighbour {network} {OverlayKeys.Gateway(node.Number)} {OverlayKeys.Mac(node.Number)}");
                wanted.Add($"fdb {network} {OverlayKeys.Mac(node.Number)} {node.Underlay4}");
                wanted.Add($"nexthop {network} {OverlayKeys.Nexthop(network, node.Number)} {OverlayKeys.Gateway(node.Number)}");
                wanted.Add($"route {block} {OverlayKeys.Nexthop(network, node.Number)}");
            }
        }
        Require(wanted.Count == actual.Count && wanted.IsSubsetOf(actual),
            $"{wanted.Except(actual).FirstOrDefault("nothing")} is missing and {actual.Except(wanted).FirstOrDefault("nothing")} too many, of {wanted.Count} and {actual.Count}");
        VerifySenders(cluster);
    }

    /// <summary>Takes away all links, nexthops, routes and rules that a weftd made.</summary>
    public static void Empty()
    {
        using (RouteSocket socket = RouteSocket.Open())
        {
            var batch = new RouteBatch();
            foreach (LinkInfo link in socket.Links().Where(l => l.Name.StartsWith("weft", StringComparison.Ordinal)))
            {
                batch.DeleteLink(link.Index);
            }
            socket.TryExecute(batch);       // some go with others
            batch = new RouteBatch();
            foreach (RouteInfo route in socket.Routes(protocol: RouteProtocol.Weft))
            {
                batch.DeleteRoute(new RouteSpec { Destination = route.Destination, Table = route.Table, Priority = route.Priority, Type = route.Type });
            }
            socket.TryExecute(batch);
        }
        Command.Run("nft", "flush", "ruleset");
    }

    // Whether a packet of each node passes is not for here; that there is an element for each block of each node, is.
    private static void VerifySenders(SimulatedCluster cluster)
    {
        using NftSocket rules = NftSocket.Open();
        NftTableState table = rules.Read(new NftTable(NftFamily.Inet, "weft")) ?? throw new InvalidOperationException("the table inet weft is not there");
        // By each of their fields of 4 bytes, wherever the set has it.
        ILookup<string, string> elements = table.Sets.SelectMany(s => s.Elements ?? []).Select(e => Convert.ToHexString(e.Key.Bytes))
            .SelectMany(key => key.Chunk(8).Select(field => (Field: new string(field), Key: key))).ToLookup(e => e.Field, e => e.Key);
        foreach (SimulatedNode node in cluster.Nodes)
        {
            List<string> known = [.. elements[Convert.ToHexString(node.Underlay4.GetAddressBytes())]];
            foreach ((_, _, Cidr block) in node.Blocks)
            {
                Require(known.Exists(k => k.Contains(Convert.ToHexString(block.First.GetAddressBytes()), StringComparison.Ordinal)), $"no set has {block} of {node.Name}");
            }
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"the kernel is not as the nodes' records say: {otherwise}");
        }
    }
}
