using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// The sets of table inet weft that say who may send what between nodes. Ranges are looked up by their first address, by a rule for each length of prefix, since a
/// lookup of ranges in several fields costs a multiple of that.
/// </summary>
internal static class OverlaySets
{
    /// <summary>Interface names of all VXLAN devices of Weft's.</summary>
    public static readonly NftSet Tunnels = new("tunnels", NftDataType.InterfaceName);

    /// <summary>VNIs of all networks, in the upper 24 bits, as packets have them.</summary>
    public static readonly NftSet Vnis = new("vnis", NftDataType.Ipv4Address);

    private static readonly NftSet Members4 = Members("members4", NftDataType.Ipv4Address);
    private static readonly NftSet Members6 = Members("members6", NftDataType.Ipv6Address);

    /// <summary>bridge . address: which network an address of a pool belongs to.</summary>
    public static NftSet Members(AddressFamily family) => family == AddressFamily.InterNetwork ? Members4 : Members6;

    /// <summary>
    /// Outer source . VNI and length of prefix . first address of the inner source's prefix: which node may speak for which addresses in which network. One set for all
    /// lengths and both inner families, so that a node is one message: its IPv4 addresses are as IPv6 writes them, and the length is where the VNI's field has a byte that
    /// says nothing.
    /// </summary>
    public static NftSet Senders(AddressFamily underlay) => new($"senders{Digit(underlay)}", NftType.Of(TypeOf(underlay), NftDataType.Ipv4Address, NftDataType.Ipv6Address));

    /// <summary>MAC . first address of the source's prefix: which node may speak for which addresses on our own segment.</summary>
    public static NftSet Neighbours(AddressFamily family, int length) => new(
        $"segment{Digit(family)}_{length}", NftType.Of(NftDataType.EthernetAddress, TypeOf(family)));

    /// <summary>An element of <see cref="Senders"/>.</summary>
    public static NftValue Sender(IPAddress underlay, uint vni, Cidr range) =>
        NftValue.Concat(underlay, NftValue.Ipv4(vni << 8 | (uint)range.PrefixLength), range.First.MapToIPv6());

    /// <summary>Lengths of prefixes by which senders are known: of the pools' blocks, of what nodes have besides, and of single addresses. The longest last.</summary>
    public static IReadOnlyList<int> Lengths(NetworkSnapshot networks, IReadOnlyList<OverlayPlan> plans, AddressFamily family)
    {
        IEnumerable<int> blocks = networks.All.SelectMany(n => n.Pools.Zip(n.Ranges)).Where(p => p.Second.Family == family).Select(p => (int)p.First.BlockSize);
        int width = family == AddressFamily.InterNetwork ? 32 : 128;
        var lengths = new SortedSet<int>(blocks.Where(b => b > 0 && b < width)) { width };
        // A loop: there are thousands of peers, of mostly one length.
        int last = width;
        foreach (OverlayPeer peer in plans.SelectMany(p => p.Peers))
        {
            for (int i = 0; i < peer.Blocks.Count; i++)
            {
                if (peer.Blocks[i].Family == family && peer.Blocks[i].PrefixLength != last)
                {
                    lengths.Add(last = peer.Blocks[i].PrefixLength);
                }
            }
        }
        return [.. lengths];
    }

    /// <summary>The same, of both families.</summary>
    public static HashSet<(AddressFamily Family, int Length)> Prefixes(NetworkSnapshot networks, IReadOnlyList<OverlayPlan> plans) =>
        new AddressFamily[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 }.SelectMany(f => Lengths(networks, plans, f).Select(length => (f, length))).ToHashSet();

    /// <summary>A range of a peer that other plans have not, or not so, with a prefix that is none of these; null: there is none.</summary>
    public static Cidr? FirstUnlike(IReadOnlyList<OverlayPlan> plans, IReadOnlyList<OverlayPlan> others, HashSet<(AddressFamily Family, int Length)> prefixes)
    {
        foreach (Cidr range in plans.SelectMany(plan => plan.PeersUnlike(Counterpart(plan, others))).SelectMany(SendersOf))
        {
            if (!prefixes.Contains((range.Family, range.PrefixLength)))
            {
                return range;
            }
        }
        return null;
    }

    /// <summary>Adds what follows from networks and plans.</summary>
    public static void AddElements(NftRuleset rules, NetworkSnapshot networks, IReadOnlyList<OverlayPlan> plans)
    {
        foreach (OverlayPlan plan in plans)
        {
            string bridge = NetworkView.BridgeName(plan.Network.Number);
            rules.AddElements(Tunnels, (NftElement)NftValue.Interface(plan.Network.Device))
                .AddElements(Vnis, (NftElement)NftValue.Ipv4(plan.Network.Vni << 8))
                .AddElements(FirewallSets.Paths, FirewallSets.Path(plan.Network.Device, bridge), FirewallSets.Path(bridge, plan.Network.Device));
        }
        foreach (NetworkView network in networks.All)
        {
            foreach (Cidr range in network.Ranges)
            {
                NftValue bridge = NftValue.Interface(network.Bridge);
                rules.AddElements(Members(range.Family), NftElement.Range(NftValue.Concat(bridge, range.First), NftValue.Concat(bridge, range.Last)));
            }
        }
        foreach ((NftSet set, NftElement element) in plans.SelectMany(plan => ElementsOf(plan, plan.Peers)).DistinctBy(Key))
        {
            rules.AddElements(set, element);
        }
    }

    /// <summary>What senders one state of affairs has and another has not.</summary>
    public static IEnumerable<(NftSet Set, NftElement Element)> Difference(IReadOnlyList<OverlayPlan> of, IReadOnlyList<OverlayPlan> without)
    {
        (OverlayPlan Plan, OverlayPeer Peer)[] changed = [.. of.SelectMany(plan => plan.PeersUnlike(Counterpart(plan, without)).Select(peer => (plan, peer)))];
        if (changed.Length == 0)
        {
            return [];
        }
        // Another node may have the same elements: one that another name was given to, say. It has the same address or MAC then, or changes as well.
        var underlays = changed.Select(c => c.Peer.Underlay).ToHashSet();
        var macs = changed.Select(c => c.Peer.Adjacent).OfType<MacAddress>().ToHashSet();
        var known = without
            .SelectMany(plan => ElementsOf(plan, plan.Peers.Where(p => underlays.Contains(p.Underlay) || (p.Adjacent is { } mac && macs.Contains(mac))).Concat(plan.PeersUnlike(Counterpart(plan, of)))))
            .Select(Key).ToHashSet();
        return changed.SelectMany(c => ElementsOf(c.Plan, [c.Peer])).Where(e => known.Add(Key(e)));
    }

    // Peers mean the same in two plans as long as their network and this node do.
    private static OverlayPlan? Counterpart(OverlayPlan plan, IReadOnlyList<OverlayPlan> others) =>
        others.FirstOrDefault(o => o.Network == plan.Network && ReferenceEquals(o.Own, plan.Own));

    private static IEnumerable<(NftSet Set, NftElement Element)> ElementsOf(OverlayPlan plan, IEnumerable<OverlayPeer> peers) =>
        peers.SelectMany(peer => Tunnelled(plan, peer).Concat(Adjacent(peer)).Concat(
            MovedFrom(plan, peer).Select(address => (FirewallSets.Moved(address.Family), (NftElement)NftValue.Address(address.First)))));

    private static (string, NftValue) Key((NftSet Set, NftElement Element) e) => (e.Set.Name, e.Element.Key);

    /// <summary>Single addresses of this node's blocks that other nodes have now.</summary>
    public static IReadOnlySet<Cidr> MovedAway(IReadOnlyList<OverlayPlan> plans) => plans.Where(p => p.Device is not null).SelectMany(MovedFrom).ToHashSet();

    /// <inheritdoc cref="MovedAway"/>
    private static IEnumerable<Cidr> MovedFrom(OverlayPlan plan) => plan.Own.Blocks.Count == 0 ? [] : plan.Peers.SelectMany(peer => MovedFrom(plan, peer));

    private static IEnumerable<Cidr> MovedFrom(OverlayPlan plan, OverlayPeer peer) => peer.Blocks
        .Where(b => b.PrefixLength == b.Width && plan.Own.Blocks.Any(own => own != b && own.Contains(b)));

    /// <summary>Addresses that a node may send from: of its containers, and its own, for what it sends to containers itself.</summary>
    public static IReadOnlyList<Cidr> SendersOf(OverlayPeer peer)
    {
        var ranges = new List<Cidr>(peer.Blocks.Count + 2);
        ranges.AddRange(peer.Blocks);
        if (peer.Node.Underlay4 is { } own4)
        {
            ranges.Add(Cidr.Containing(own4, 32));
        }
        if (peer.Node.Underlay6 is { } own6)
        {
            ranges.Add(Cidr.Containing(own6, 128));
        }
        return Disjoint(ranges);
    }

    private static IEnumerable<(NftSet Set, NftElement Element)> Tunnelled(OverlayPlan plan, OverlayPeer peer) =>
        from range in SendersOf(peer)
        select (Senders(plan.Network.Underlay), (NftElement)Sender(peer.Underlay, plan.Network.Vni, range));

    // Without a tunnel a node's own addresses are like anybody's outside: these are asked for where they claim to be a container's.
    private static IEnumerable<(NftSet Set, NftElement Element)> Adjacent(OverlayPeer peer) => peer.Adjacent is not { } mac ? [] :
        from range in Disjoint(peer.Blocks)
        select (Neighbours(range.Family, range.PrefixLength), (NftElement)NftValue.Concat(NftValue.Mac(mac.ToByteArray()), range.First));

    // An address moved into a block of the same node is covered by the block.
    private static List<Cidr> Disjoint(IReadOnlyList<Cidr> ranges)
    {
        var disjoint = new List<Cidr>(ranges.Count);
        for (int i = 0; i < ranges.Count; i++)
        {
            bool covered = false;
            for (int j = 0; j < ranges.Count && !covered; j++)
            {
                covered = i != j && ranges[j].Contains(ranges[i]) && (ranges[j] != ranges[i] || j < i);
            }
            if (!covered)
            {
                disjoint.Add(ranges[i]);
            }
        }
        return disjoint;
    }

    private static char Digit(AddressFamily family) => family == AddressFamily.InterNetwork ? '4' : '6';

    private static NftDataType TypeOf(AddressFamily family) => family == AddressFamily.InterNetwork ? NftDataType.Ipv4Address : NftDataType.Ipv6Address;

    private static NftSet Members(string name, NftDataType address) => new(name, NftType.Of(NftDataType.InterfaceName, address)) { Flags = NftSetFlags.Interval };
}
