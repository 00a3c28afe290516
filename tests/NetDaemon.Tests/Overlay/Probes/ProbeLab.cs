using System.Net.Sockets;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Overlay.Probes;

namespace Weft.NetDaemon.Tests.Overlay.Probes;

/// <summary>Two nodes with their rules on senders in force, each with a wire.</summary>
internal sealed class ProbeLab : IAsyncDisposable
{
    private readonly List<Firewall> _firewalls = [];
    private readonly List<ProbeWire> _wires = [];
    private readonly PacketBudget _budget = new(1000, TimeProvider.System);

    public ProbeLab(AddressFamily underlay, bool direct = false)
    {
        Nodes = new OverlayLab(2, direct, underlay);
        Nodes.Reconcile();
        foreach (OverlayLab.LabNode node in Nodes.Nodes)
        {
            OverlayPlan plan = node.Plan();
            Firewall firewall = Firewall.Open(NftablesOwner.Auto, node.Namespace.Namespace);
            _firewalls.Add(firewall);
            Assert.Empty(firewall.Reconcile(NetworkSnapshot.Empty, [], [], [plan]).Problems);
            OverlayPeer peer = Assert.Single(plan.Peers);
            Targets.Add(new ProbeTarget(
                peer.Node.Number, peer.Node.Name, peer.Underlay, peer.Mac, plan.Device!.Mtu, OverlayMtu.Overhead(underlay), peer.IsDirect));
            ProbeWire wire = ProbeWire.Open(plan, node.Reconciler.IndexOf(plan.Network.Device), TimeProvider.System, node.Namespace.Namespace);
            wire.Peers = new Dictionary<System.Net.IPAddress, ProbeTarget> { [peer.Underlay] = Targets[^1] };
            _wires.Add(wire);
        }
    }

    public OverlayLab Nodes { get; }

    /// <summary>What each node, in their order, tries: the other.</summary>
    public List<ProbeTarget> Targets { get; } = [];

    public ProbeWire this[int number] => _wires[number - 1];

    /// <summary>Questions from a node to the other.</summary>
    public ProbeExchange Exchange(int from) => new(this[from], Targets[from - 1], _budget, TimeProvider.System);

    /// <summary>Searches the way from a node to the other.</summary>
    public Task<PathFinding> SearchAsync(int from)
    {
        ProbeTarget target = Targets[from - 1];
        ProbeExchange exchange = Exchange(from);
        return PathSearch.RunAsync(target.Smallest, target.Mtu, default, (size, mayFragment) => exchange.AskAsync(size, mayFragment, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ProbeWire wire in _wires)
        {
            await wire.DisposeAsync();
        }
        _firewalls.ForEach(f => f.Dispose());
        Nodes.Dispose();
    }
}
