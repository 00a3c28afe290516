using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Overlay;

/// <content>What two plans have in common: of thousands of nodes, mostly all but one.</content>
internal sealed partial class OverlayPlan
{
    /// <summary>The peers that another plan has not, or not so. Peers that are the same object there are passed over; others may be equal all the same.</summary>
    /// <param name="other">A plan; null: one without peers.</param>
    public IEnumerable<OverlayPeer> PeersUnlike(OverlayPlan? other)
    {
        IReadOnlyList<OverlayPeer> theirs = other?.Peers ?? [];
        int at = 0;
        for (int i = 0; i < Peers.Count; i++)
        {
            OverlayPeer peer = Peers[i];
            while (at < theirs.Count && theirs[at].Node.Number < peer.Node.Number)
            {
                at++;
            }
            if (at == theirs.Count || !ReferenceEquals(theirs[at], peer))
            {
                yield return peer;
            }
        }
    }

    /// <summary>Whether a route to a block is planned by a nexthop object.</summary>
    public bool Routes(Cidr block, uint nexthop) => Find(nexthop & OverlayKeys.HighestNode) is { } peer && peer.Nexthop == nexthop && peer.Blocks.Contains(block);

    /// <summary>Whether the VXLAN device is to send a MAC's frames to an address; null: to none.</summary>
    public bool Forwards(MacAddress mac, IPAddress? remote) =>
        Find((uint)mac.Value & OverlayKeys.HighestNode) is { } peer && peer.Mac == mac ? peer.Underlay.Equals(remote) : remote is null;

    /// <summary>Whether an address is that of a node that the network reaches.</summary>
    public bool Reaches(IPAddress gateway) => OverlayKeys.NodeAt(gateway) is { } node && Find(node) is not null;

    private OverlayPeer? Find(uint node)
    {
        (int low, int high) = (0, Peers.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            switch (Peers[middle].Node.Number.CompareTo(node))
            {
                case 0:
                    return Peers[middle];
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }
        return null;
    }

    /// <summary>
    /// The plan, made of what a previous one has of the nodes that are the same objects now. Null where that is not enough: this node or the network is another, or nodes
    /// contradict each other, before or now.
    /// </summary>
    private static OverlayPlan? TryChange(OverlayPlan previous, OverlayNetwork network, OverlayNode own, IEnumerable<OverlayNode> others, string? uplink)
    {
        if (previous.Device?.Local is not { } local || previous.Problems.Count > 0 || previous.Uplink != uplink || previous.Network != network
            || !ReferenceEquals(previous.Own, own))
        {
            return null;
        }
        IReadOnlyList<OverlayPeer> before = previous.Peers;
        var peers = new List<OverlayPeer>(before.Count + 1);
        var changed = new HashSet<OverlayNode>(ReferenceEqualityComparer.Instance);
        var claims = new HashSet<Cidr>();       // of those
        int at = 0;
        uint last = 0;
        foreach (OverlayNode node in others)
        {
            if (node.Number <= last)
            {
                return null;        // not in order, or two with one number
            }
            last = node.Number;
            while (at < before.Count && before[at].Node.Number < node.Number)
            {
                at++;
            }
            if (at < before.Count && ReferenceEquals(before[at].Node, node))
            {
                peers.Add(before[at]);
            }
            else if (IsNode(node) && node.Number != own.Number && node.Port == network.Port && node.Underlay(network.Underlay) is { } remote && !remote.Equals(local)
                && node.Blocks.All(claims.Add) && !node.Blocks.Any(b => own.Blocks.Contains(b)))
            {
                changed.Add(node);
                peers.Add(PeerOf(network, own, node, uplink, remote, node.Blocks));
            }
            else
            {
                return null;
            }
        }
        for (int i = 0; claims.Count > 0 && i < peers.Count; i++)
        {
            if (!changed.Contains(peers[i].Node) && Claims(peers[i], claims))
            {
                return null;
            }
        }
        return new OverlayPlan(network, own, uplink, DeviceOf(network, own, local, peers), peers, []);
    }

    private static bool Claims(OverlayPeer peer, HashSet<Cidr> blocks)
    {
        for (int i = 0; i < peer.Blocks.Count; i++)
        {
            if (blocks.Contains(peer.Blocks[i]))
            {
                return true;
            }
        }
        return false;
    }
}
