using System.Collections.Immutable;
using System.Net.Sockets;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Overlay;

/// <summary>From what nodes publish to what the overlays' plans are made of: pure, and the same wherever it is computed.</summary>
internal static class OverlayFacts
{
    private const int LargestMtu = 65535;

    /// <summary>The plans of all networks' overlays, from nothing: what <see cref="OverlayPlanner"/> makes of the same facts.</summary>
    public static IReadOnlyList<OverlayPlan> Build(NetworkSnapshot networks, NodeSnapshot nodes, BlockSnapshot blocks, KnownNode own, BlockSnapshot? moved = null) =>
        new OverlayPlanner().Build(networks, nodes, blocks, own, moved);

    /// <summary>
    /// The outer packets' family, which all nodes must agree on: IPv4 where more than half of the nodes with an address have one of IPv4, else IPv6. One node more or
    /// less, or one with half of its addresses, does not turn a larger cluster over.
    /// </summary>
    public static AddressFamily UnderlayOf(IEnumerable<OverlayNode> nodes)
    {
        (int with4, int with6, int either) = (0, 0, 0);
        foreach (OverlayNode node in nodes)
        {
            with4 += node.Underlay4 is null ? 0 : 1;
            with6 += node.Underlay6 is null ? 0 : 1;
            either += node.Underlay4 is null && node.Underlay6 is null ? 0 : 1;
        }
        return with4 * 2 > either || with6 == 0 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
    }

    /// <summary>A node without its blocks.</summary>
    public static OverlayNode Describe(KnownNode node) => new()
    {
        Name = node.Name,
        Number = node.Number,
        Underlay4 = node.UnderlayAddresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork),
        Underlay6 = node.UnderlayAddresses.FirstOrDefault(a => a is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false }),
        Mtu = (int)Math.Min(node.Mtu, LargestMtu),
        Port = node.OverlayPort,
        Segments = [.. node.Segments.Select(s => Cidr.Create(s.BaseAddress, s.PrefixLength))],
        Mac = node.UplinkMac,
        RoutesDirectly = node.RoutesDirectly,
    };

    /// <summary>
    /// Whether others read that this node wants no tunnel. What they see counts, not what it is about to say: or it would leave the tunnel while they, without the store, never hear of it.
    /// </summary>
    public static bool SaysSo(NodeSnapshot nodes, KnownNode own) => nodes.ByName.TryGetValue(own.Name, out KnownNode? published) && published.RoutesDirectly
        && published.UplinkMac == own.UplinkMac && published.Segments.SequenceEqual(own.Segments) && published.UnderlayAddresses.SequenceEqual(own.UnderlayAddresses);

    /// <summary>
    /// What a node has in a network. In the order of its addresses, whatever the order of keys: equal facts make equal plans. Nothing that is written into a key may lead
    /// other addresses into the tunnel than a pool's.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="blocks">The node's blocks, of all networks.</param>
    /// <param name="moved">The node's addresses away from their blocks, likewise.</param>
    public static IReadOnlyList<Cidr> BlocksIn(NetworkView network, ImmutableArray<OwnedBlock> blocks, ImmutableArray<OwnedBlock> moved)
    {
        var theirs = new List<Cidr>(blocks.Length);
        foreach (OwnedBlock block in blocks)
        {
            for (int i = 0; i < network.Pools.Count; i++)
            {
                if (network.Pools[i].Name == block.Pool && network.Ranges[i].Contains(block.Cidr))
                {
                    theirs.Add(block.Cidr);
                }
            }
        }
        theirs.Sort();
        foreach (Cidr address in moved.Where(m => m.Pool == network.Name).Select(m => m.Cidr).Order())
        {
            // Back in a block of that node's, it needs no route of its own.
            if (network.Ranges.Any(r => r.Contains(address)) && !theirs.Any(b => b.Contains(address)))
            {
                theirs.Add(address);
            }
        }
        return theirs;
    }
}
