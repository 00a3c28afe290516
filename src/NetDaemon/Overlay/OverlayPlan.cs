using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// What one network's overlay should be on this node: a pure function of what nodes publish. Facts that contradict each other cost only
/// the node that they are of, and are named in <see cref="Problems"/>.
/// </summary>
internal sealed partial class OverlayPlan
{
    private OverlayPlan(OverlayNetwork network, OverlayNode own, string? uplink, VxlanSpec? device, IReadOnlyList<OverlayPeer> peers, IReadOnlyList<string> problems)
    {
        Network = network;
        Own = own;
        Uplink = uplink;
        Device = device;
        Peers = peers;
        Problems = problems;
    }

    public OverlayNetwork Network { get; }

    public OverlayNode Own { get; }

    /// <summary>Name of the interface with this node's underlay addresses: direct routes leave by it. Null: unknown, and there are none.</summary>
    public string? Uplink { get; }

    /// <summary>Whether some node is reached without the tunnel.</summary>
    public bool HasDirectPeers => Peers.Any(p => p.IsDirect);

    /// <summary>The VXLAN device; null: this node cannot have one, see <see cref="Problems"/>.</summary>
    public VxlanSpec? Device { get; }

    /// <summary>By node number. Empty without a device.</summary>
    public IReadOnlyList<OverlayPeer> Peers { get; }

    /// <summary>What was left out, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <param name="network">The network.</param>
    /// <param name="own">This node, with its own blocks: these are never routed elsewhere, whoever else claims them.</param>
    /// <param name="others">All other nodes; this one among them is passed over.</param>
    /// <param name="uplink">Name of the interface with this node's underlay addresses; null: unknown, nothing is routed directly.</param>
    /// <param name="previous">A plan that much of this one may be the same as, or null: it changes nothing but the time that it takes.</param>
    public static OverlayPlan Build(OverlayNetwork network, OverlayNode own, IEnumerable<OverlayNode> others, string? uplink = null, OverlayPlan? previous = null)
    {
        if (previous is not null && TryChange(previous, network, own, others, uplink) is { } changed)
        {
            return changed;
        }
        var problems = new List<string>();
        if (network.Number is 0 or > OverlayKeys.HighestNetwork || network.Vni > 0xff_ffff || own.Underlay(network.Underlay) is not { } local || !IsNode(own))
        {
            problems.Add($"network {network.Name} (number {network.Number}, VNI {network.Vni}) has no overlay on node {own.Name} (number {own.Number}): "
                + $"it needs numbers in range and an {FamilyName(network)} underlay address; see `weft get nodes`");
            return new OverlayPlan(network, own, uplink, null, [], problems);
        }
        OverlayNode[] remotes = [.. others.Where(n => n.Number != own.Number).OrderBy(n => n.Number).ThenBy(n => n.Name, StringComparer.Ordinal)];
        var peers = new List<OverlayPeer>(remotes.Length);
        var routed = new Dictionary<Cidr, string>();
        uint last = 0;
        foreach (OverlayNode node in remotes)
        {
            if (!IsNode(node) || node.Number == last)
            {
                problems.Add($"node {node.Name} has the number {node.Number}, which {(node.Number == last ? "another node has" : "is out of range")}; it is not reached");
                continue;
            }
            if (node.Underlay(network.Underlay) is not { } remote || remote.Equals(local))
            {
                problems.Add($"node {node.Name} publishes no {FamilyName(network)} underlay address of its own; it is not reached in network {network.Name}");
                continue;
            }
            if (node.Port != network.Port)
            {
                problems.Add($"node {node.Name} has the overlay's UDP port {node.Port}, and this node {network.Port}; it is not reached. Give all nodes one overlayPort");
                continue;
            }
            last = node.Number;
            peers.Add(PeerOf(network, own, node, uplink, remote, RoutedBlocks(node, own, routed, problems)));
        }
        return new OverlayPlan(network, own, uplink, DeviceOf(network, own, local, peers), peers, problems);
    }

    /// <summary>Adds the network's part to what the kernel's tables should hold.</summary>
    /// <param name="tables">Where to.</param>
    /// <param name="device">Interface index of the VXLAN device.</param>
    /// <param name="uplink">Interface index of <see cref="Uplink"/>; 0: it is not there, and everybody is reached by the tunnel.</param>
    /// <param name="unlike">Another plan of the network: what is the same there is left out. Null: nothing is.</param>
    public void AddTo(OverlayTables tables, int device, int uplink, OverlayPlan? unlike = null)
    {
        foreach (OverlayPeer peer in PeersUnlike(unlike))
        {
            // Also for those that are reached directly: their end may still be using the tunnel, and one replaced nexthop leads back into it.
            tables.Neighbours[(device, peer.Gateway)] = peer.Mac;
            tables.Fdb[(device, peer.Mac)] = peer.Underlay;
            bool direct = peer.IsDirect && uplink != 0;
            if (direct)
            {
                // The same address by decree on the uplink: no question is asked there, so nobody can give a wrong answer.
                tables.Neighbours[(uplink, peer.Gateway)] = peer.Adjacent!.Value;
            }
            tables.Nexthops[peer.Nexthop] = new OverlayNexthop(peer.Gateway, direct ? uplink : device);
            foreach (Cidr block in peer.Blocks)
            {
                tables.Routes[block] = peer.Nexthop;
            }
        }
    }

    private static OverlayPeer PeerOf(OverlayNetwork network, OverlayNode own, OverlayNode node, string? uplink, IPAddress remote, IReadOnlyList<Cidr> blocks) => new(
        node,
        OverlayKeys.Nexthop(network.Number, node.Number),
        OverlayKeys.Gateway(node.Number),
        OverlayKeys.Mac(node.Number),
        remote,
        uplink is not null && DirectRouting.IsTaken(own, node) ? node.Mac : null,
        uplink is not null && DirectRouting.IsUsed(own, node),
        blocks);

    private static VxlanSpec DeviceOf(OverlayNetwork network, OverlayNode own, IPAddress local, IReadOnlyList<OverlayPeer> peers) => new()
    {
        Name = network.Device,
        Vni = network.Vni,
        Port = network.Port,
        Local = local,
        Mac = OverlayKeys.Mac(own.Number),
        Mtu = OverlayMtu.Of(network.Underlay, own, peers.Select(p => p.Node)),
        Alias = network.Alias,
        InheritTypeOfService = true,
        AddressGeneration = AddressGenerationMode.None,
        Up = true,
    };

    private static List<Cidr> RoutedBlocks(OverlayNode node, OverlayNode own, Dictionary<Cidr, string> routed, List<string> problems)
    {
        var blocks = new List<Cidr>(node.Blocks.Count);
        foreach (Cidr block in node.Blocks)
        {
            // A longer prefix is fine: an address of ours that lives there now. A shorter one too: our containers' own routes are longer.
            if (own.Blocks.Any(b => b == block))
            {
                problems.Add($"node {node.Name} claims {block}, which is this node's; its claim is not followed");
            }
            else if (!routed.TryAdd(block, node.Name))
            {
                if (routed[block] != node.Name)
                {
                    problems.Add($"nodes {routed[block]} and {node.Name} both claim {block}; it is routed to {routed[block]}");
                }
            }
            else
            {
                blocks.Add(block);
            }
        }
        return blocks;
    }

    private static bool IsNode(OverlayNode node) => node.Number is > 0 and <= OverlayKeys.HighestNode;

    private static string FamilyName(OverlayNetwork network) => network.Underlay == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
}
