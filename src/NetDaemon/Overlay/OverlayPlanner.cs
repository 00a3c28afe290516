using System.Collections.Immutable;
using System.Net.Sockets;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// From what nodes publish to the plans of all networks' overlays. The plans follow from the facts alone; what was made of them last is kept to be used again, so
/// that one node that changes among thousands costs little more than that node. Used by one caller at a time.
/// </summary>
internal sealed class OverlayPlanner
{
    private readonly Dictionary<uint, Known> _known = [];
    private NetworkSnapshot? _networks;
    private Known? _self;                   // and what others read of its direct routing
    private bool _selfDirectly;
    private OverlayNode[] _selfIn = [];
    private IReadOnlyList<OverlayPlan> _plans = [];

    /// <param name="networks">All networks with their pools.</param>
    /// <param name="nodes">All known nodes; what they say of this node is passed over.</param>
    /// <param name="blocks">All nodes' blocks.</param>
    /// <param name="own">This node, as it is now.</param>
    /// <param name="moved">Addresses away from their blocks, with their networks for pools; null: there are none.</param>
    /// <returns>One plan a network, by network number.</returns>
    public IReadOnlyList<OverlayPlan> Build(NetworkSnapshot networks, NodeSnapshot nodes, BlockSnapshot blocks, KnownNode own, BlockSnapshot? moved = null)
    {
        if (!ReferenceEquals(networks, _networks))
        {
            _known.Clear();
            _networks = networks;
        }
        BlockSnapshot away = moved ?? BlockSnapshot.Empty;
        Known self = Recall(own);
        if (!ReferenceEquals(self, _self) || _selfDirectly != OverlayFacts.SaysSo(nodes, own))
        {
            (_self, _selfDirectly) = (self, OverlayFacts.SaysSo(nodes, own));
            _selfIn = Array.ConvertAll(self.In, node => node with { RoutesDirectly = _selfDirectly });
        }
        var others = new List<Known>(nodes.ByName.Count);
        foreach (KnownNode node in nodes.All)
        {
            if (node.Number != own.Number)
            {
                others.Add(Recall(node));
            }
        }
        if (_known.Count > others.Count + 1)
        {
            Forget([.. others.Select(n => n.Of.Number), own.Number]);
        }
        others.Sort((a, b) => a.Of.Number.CompareTo(b.Of.Number));
        AddressFamily underlay = OverlayFacts.UnderlayOf(others.Append(self).Select(n => n.Bare));
        var plans = new OverlayPlan[networks.All.Count];
        for (int i = 0; i < plans.Length; i++)
        {
            NetworkView network = networks.All[i];
            plans[i] = OverlayPlan.Build(
                new OverlayNetwork { Name = network.Name, Number = network.Number, Vni = network.Vni, Port = self.Bare.Port, Underlay = underlay },
                _selfIn[i],
                others.ConvertAll(n => n.In[i]),
                own.Uplink,
                previous: _plans.FirstOrDefault(p => p.Network.Number == network.Number));
        }
        return _plans = plans;

        Known Recall(KnownNode node)
        {
            (ImmutableArray<OwnedBlock> theirs, ImmutableArray<OwnedBlock> movedTo) = (blocks.Of(node.Number), away.Of(node.Number));
            Known? known = _known.GetValueOrDefault(node.Number);
            return known is not null && ReferenceEquals(known.Of, node) && known.Blocks == theirs && known.Moved == movedTo
                ? known
                : _known[node.Number] = Learn(node, theirs, movedTo, known);
        }
    }

    private Known Learn(KnownNode node, ImmutableArray<OwnedBlock> blocks, ImmutableArray<OwnedBlock> moved, Known? before)
    {
        OverlayNode bare = before is not null && before.Of.Equals(node) ? before.Bare : OverlayFacts.Describe(node);
        var networks = new OverlayNode[_networks!.All.Count];
        for (int i = 0; i < networks.Length; i++)
        {
            IReadOnlyList<Cidr> theirs = OverlayFacts.BlocksIn(_networks.All[i], blocks, moved);
            // The same node with the same blocks is the same object, by which plans know that nothing is to be done.
            networks[i] = before is not null && ReferenceEquals(bare, before.Bare) && before.In[i].Blocks.SequenceEqual(theirs) ? before.In[i] : bare with { Blocks = theirs };
        }
        return new Known(node, blocks, moved, bare, networks);
    }

    private void Forget(HashSet<uint> present)
    {
        foreach (uint number in _known.Keys.Where(n => !present.Contains(n)))
        {
            _known.Remove(number);
        }
    }

    /// <summary>A node, and what was made of it.</summary>
    /// <param name="Of">Its record.</param>
    /// <param name="Blocks">Its blocks.</param>
    /// <param name="Moved">Its addresses away from their blocks.</param>
    /// <param name="Bare">Without blocks.</param>
    /// <param name="In">In each network.</param>
    private sealed record Known(KnownNode Of, ImmutableArray<OwnedBlock> Blocks, ImmutableArray<OwnedBlock> Moved, OverlayNode Bare, OverlayNode[] In);
}
