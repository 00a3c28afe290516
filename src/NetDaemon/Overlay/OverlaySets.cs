using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Kernel;

namespace Weft.NetDaemon.Overlay;

/// <summary>The sets of table inet weft that say who may send what through the tunnels.</summary>
internal static class OverlaySets
{
    private static readonly NftSet Four4 = Senders("tunnel4_from4", NftDataType.Ipv4Address, NftDataType.Ipv4Address);
    private static readonly NftSet Four6 = Senders("tunnel4_from6", NftDataType.Ipv4Address, NftDataType.Ipv6Address);
    private static readonly NftSet Six4 = Senders("tunnel6_from4", NftDataType.Ipv6Address, NftDataType.Ipv4Address);
    private static readonly NftSet Six6 = Senders("tunnel6_from6", NftDataType.Ipv6Address, NftDataType.Ipv6Address);

    /// <summary>Interface names of all VXLAN devices of Weft's.</summary>
    public static readonly NftSet Tunnels = new("tunnels", NftDataType.InterfaceName);

    /// <summary>Outer source . VNI . inner source: which node may speak for which addresses in which network.</summary>
    public static NftSet Senders(AddressFamily underlay, AddressFamily inner) => (underlay, inner) switch
    {
        (AddressFamily.InterNetwork, AddressFamily.InterNetwork) => Four4,
        (AddressFamily.InterNetwork, _) => Four6,
        (_, AddressFamily.InterNetwork) => Six4,
        _ => Six6,
    };

    /// <summary>Adds what follows from the plans.</summary>
    public static void AddElements(NftRuleset rules, IReadOnlyList<OverlayPlan> plans)
    {
        foreach (OverlayPlan plan in plans)
        {
            string bridge = Networks.NetworkView.BridgeName(plan.Network.Number);
            rules.AddElements(Tunnels, (NftElement)NftValue.Interface(plan.Network.Device))
                .AddElements(FirewallSets.Paths, FirewallSets.Path(plan.Network.Device, bridge), FirewallSets.Path(bridge, plan.Network.Device));
        }
        foreach (((NftSet set, _, _, _), NftElement element) in plans.SelectMany(plan => ElementsOf(plan, plan.Peers)))
        {
            rules.AddElements(set, element);
        }
    }

    /// <summary>What senders one state of affairs has and another has not.</summary>
    public static IEnumerable<(NftSet Set, NftElement Element)> Difference(IReadOnlyList<OverlayPlan> of, IReadOnlyList<OverlayPlan> without)
    {
        var fresh = of.SelectMany(plan => ElementsOf(plan, plan.PeersUnlike(Counterpart(plan, without)))).ToList();
        if (fresh.Count == 0)
        {
            return [];
        }
        // Another node may have the same elements: one that another name was given to, say. It has the same address then, or changes as well.
        var underlays = fresh.Select(e => e.Key.Underlay).ToHashSet();
        var known = without
            .SelectMany(plan => ElementsOf(plan, plan.Peers.Where(p => underlays.Contains(p.Underlay)).Concat(plan.PeersUnlike(Counterpart(plan, of)))))
            .Select(e => e.Key).ToHashSet();
        return fresh.Where(e => known.Add(e.Key)).Select(e => (e.Key.Set, e.Element));
    }

    // Peers mean the same in two plans as long as their network and this node do.
    private static OverlayPlan? Counterpart(OverlayPlan plan, IReadOnlyList<OverlayPlan> others) =>
        others.FirstOrDefault(o => o.Network == plan.Network && ReferenceEquals(o.Own, plan.Own));

    private static IEnumerable<((NftSet Set, IPAddress Underlay, uint Vni, Cidr Inner) Key, NftElement Element)> ElementsOf(OverlayPlan plan, IEnumerable<OverlayPeer> peers) =>
        peers.SelectMany(peer => SenderElements(plan, peer).Concat(MovedFrom(plan, peer).Select(address =>
            ((FirewallSets.Moved(address.Family), IPAddress.None, 0u, address), (NftElement)NftValue.Address(address.First)))));

    /// <summary>Single addresses of this node's blocks that other nodes have now.</summary>
    public static IReadOnlySet<Cidr> MovedAway(IReadOnlyList<OverlayPlan> plans) => plans.Where(p => p.Device is not null).SelectMany(MovedFrom).ToHashSet();

    /// <inheritdoc cref="MovedAway"/>
    private static IEnumerable<Cidr> MovedFrom(OverlayPlan plan) => plan.Own.Blocks.Count == 0 ? [] : plan.Peers.SelectMany(peer => MovedFrom(plan, peer));

    private static IEnumerable<Cidr> MovedFrom(OverlayPlan plan, OverlayPeer peer) => peer.Blocks
        .Where(b => b.PrefixLength == b.Width && plan.Own.Blocks.Any(own => own != b && own.Contains(b)));

    private static IEnumerable<((NftSet Set, IPAddress Underlay, uint Vni, Cidr Inner) Key, NftElement Element)> SenderElements(OverlayPlan plan, OverlayPeer peer) =>
        SendersOf(peer).Select(range => ((Senders(plan.Network.Underlay, range.Family), peer.Underlay, plan.Network.Vni, range), Sender(peer.Underlay, plan.Network.Vni, range)));

    /// <summary>Addresses that a node may send from: of its containers, and its own, for what it sends to containers itself.</summary>
    public static IEnumerable<Cidr> SendersOf(OverlayPeer peer)
    {
        var own = new[] { peer.Node.Underlay4, peer.Node.Underlay6 }.OfType<IPAddress>()
            .Select(a => Cidr.Containing(a, a.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
        return Disjoint([.. peer.Blocks.Concat(own)]);
    }

    /// <summary>One element. The byte below the VNI is reserved, and may be anything in a packet.</summary>
    public static NftElement Sender(IPAddress underlay, uint vni, Cidr inner) => NftElement.Range(
        NftValue.Concat(underlay, NftValue.Ipv4(vni << 8), inner.First),
        NftValue.Concat(underlay, NftValue.Ipv4((vni << 8) | 0xff), inner.Last));

    // The kernel refuses ranges that overlap; an address moved into a block of the same node is covered by the block.
    private static IEnumerable<Cidr> Disjoint(Cidr[] ranges) =>
        ranges.Distinct().Where(r => !ranges.Any(o => o != r && o.Contains(r)));

    private static NftSet Senders(string name, NftDataType outer, NftDataType inner) =>
        new(name, NftType.Of(outer, NftDataType.Ipv4Address, inner)) { Flags = NftSetFlags.Interval };
}
