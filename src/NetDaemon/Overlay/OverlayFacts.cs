using System.Net.Sockets;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Overlay;

/// <summary>From what nodes publish to the plans of all networks' overlays: pure, and the same wherever it is computed but for which node is the own one.</summary>
internal static class OverlayFacts
{
    private const int LargestMtu = 65535;

    /// <param name="networks">All networks with their pools.</param>
    /// <param name="nodes">All known nodes; what they say of this node is passed over.</param>
    /// <param name="blocks">All nodes' blocks.</param>
    /// <param name="own">This node, as it is now.</param>
    /// <param name="uplink">Name of the interface with this node's underlay addresses; null: nobody is reached without a tunnel.</param>
    /// <param name="moved">Addresses away from their blocks, with their networks for pools; null: there are none.</param>
    /// <returns>One plan a network, by network number.</returns>
    public static IReadOnlyList<OverlayPlan> Build(NetworkSnapshot networks, NodeSnapshot nodes, BlockSnapshot blocks, KnownNode own, string? uplink = null, BlockSnapshot? moved = null)
    {
        OverlayNode[] others = [.. nodes.All.Where(n => n.Number != own.Number).Select(Describe)];
        OverlayNode self = Describe(own) with { RoutesDirectly = SaysSo(nodes, own) };
        AddressFamily underlay = UnderlayOf([.. others, self]);
        Dictionary<(string Network, uint Owner), List<Cidr>> owned = BlocksByOwner(networks, blocks);
        AddMoved(owned, networks, moved ?? BlockSnapshot.Empty);
        return [.. networks.All.Select(network => OverlayPlan.Build(
            new OverlayNetwork { Name = network.Name, Number = network.Number, Vni = network.Vni, Underlay = underlay },
            WithBlocks(self, network),
            others.Select(n => WithBlocks(n, network)),
            uplink))];

        OverlayNode WithBlocks(OverlayNode node, NetworkView network) =>
            owned.TryGetValue((network.Name, node.Number), out List<Cidr>? theirs) ? node with { Blocks = theirs } : node;
    }

    /// <summary>
    /// The outer packets' family, which all nodes must agree on: IPv4 where more than half of the nodes with an address have one of IPv4, else IPv6. One node more or
    /// less, or one with half of its addresses, does not turn a larger cluster over.
    /// </summary>
    public static AddressFamily UnderlayOf(IReadOnlyCollection<OverlayNode> nodes)
    {
        int with4 = nodes.Count(n => n.Underlay4 is not null);
        int with6 = nodes.Count(n => n.Underlay6 is not null);
        int either = nodes.Count(n => n.Underlay4 is not null || n.Underlay6 is not null);
        return with4 * 2 > either || with6 == 0 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
    }

    private static OverlayNode Describe(KnownNode node) => new()
    {
        Name = node.Name,
        Number = node.Number,
        Underlay4 = node.UnderlayAddresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork),
        Underlay6 = node.UnderlayAddresses.FirstOrDefault(a => a is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false }),
        Mtu = (int)Math.Min(node.Mtu, LargestMtu),
        Segments = [.. node.Segments.Select(s => Cidr.Create(s.BaseAddress, s.PrefixLength))],
        Mac = node.UplinkMac,
        RoutesDirectly = node.RoutesDirectly,
    };

    // What others see of this node counts, not what it is about to say: or it would leave the tunnel while they, without the store, never hear of it.
    private static bool SaysSo(NodeSnapshot nodes, KnownNode own) => nodes.ByName.TryGetValue(own.Name, out KnownNode? published) && published.RoutesDirectly
        && published.UplinkMac == own.UplinkMac && published.Segments.SequenceEqual(own.Segments) && published.UnderlayAddresses.SequenceEqual(own.UnderlayAddresses);

    private static void AddMoved(Dictionary<(string Network, uint Owner), List<Cidr>> owned, NetworkSnapshot networks, BlockSnapshot moved)
    {
        foreach (OwnedBlock address in moved.All.OrderBy(m => m.Cidr))
        {
            // As for blocks: nothing but a pool's addresses.
            if (!networks.TryGet(address.Pool, out NetworkView? network) || !network.Ranges.Any(r => r.Contains(address.Cidr)))
            {
                continue;
            }
            if (!owned.TryGetValue((network.Name, address.Owner), out List<Cidr>? list))
            {
                owned[(network.Name, address.Owner)] = list = [];
            }
            // Back in a block of that node's, it needs no route of its own.
            if (!list.Any(b => b.Contains(address.Cidr)))
            {
                list.Add(address.Cidr);
            }
        }
    }

    private static Dictionary<(string Network, uint Owner), List<Cidr>> BlocksByOwner(NetworkSnapshot networks, BlockSnapshot blocks)
    {
        var pools = new Dictionary<string, (string Network, Cidr Range)>(StringComparer.Ordinal);
        foreach (NetworkView network in networks.All)
        {
            foreach ((Contracts.V1.Pool pool, Cidr range) in network.Pools.Zip(network.Ranges))
            {
                pools[pool.Name] = (network.Name, range);
            }
        }
        var owned = new Dictionary<(string, uint), List<Cidr>>();
        // In the order of their addresses, whatever the order of keys: equal facts make equal plans.
        foreach (OwnedBlock block in blocks.All.OrderBy(b => b.Cidr))
        {
            // Nothing that is written into a key may lead other addresses into the tunnel than a pool's.
            if (!pools.TryGetValue(block.Pool, out (string Network, Cidr Range) pool) || !pool.Range.Contains(block.Cidr))
            {
                continue;
            }
            if (!owned.TryGetValue((pool.Network, block.Owner), out List<Cidr>? list))
            {
                owned[(pool.Network, block.Owner)] = list = [];
            }
            list.Add(block.Cidr);
        }
        return owned;
    }
}
