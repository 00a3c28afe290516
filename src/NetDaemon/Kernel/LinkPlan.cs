using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>What links, routes and neighbours this node should have: a pure function of networks, blocks and attachments.</summary>
internal sealed class LinkPlan
{
    private LinkPlan(IReadOnlyList<NetworkView> networks, IReadOnlyList<Cidr> blocks, IReadOnlyList<PlannedPort> ports)
    {
        Networks = networks;
        Blocks = blocks;
        Ports = ports;
    }

    /// <summary>Each needs its bridge.</summary>
    public IReadOnlyList<NetworkView> Networks { get; }

    /// <summary>
    /// Pools and this node's blocks. Each needs a blackhole route, so that addresses of no container neither loop nor leave the node. Not those where another
    /// plugin's containers still are, by an import: these are reached by that plugin's own routes.
    /// </summary>
    public IReadOnlyList<Cidr> Blocks { get; }

    public IReadOnlyList<PlannedPort> Ports { get; }

    public static LinkPlan Build(NetworkSnapshot networks, IEnumerable<Cidr> blocks, IEnumerable<AttachmentRecord> attachments) => new(
        networks.All,
        [.. blocks.Concat(networks.All.SelectMany(n => n.Ranges)).Distinct().Where(c => !networks.Reservations.HasImported(c)).Order()],
        [
            .. attachments
                .Where(a => networks.TryGet(a.WeftNetwork, out _))
                .Select(a => new PlannedPort(a, networks.TryGet(a.WeftNetwork, out NetworkView? network) ? network.Bridge : "")),
        ]);

    /// <summary>The route to one address, /32 or /128.</summary>
    public static IPNetwork HostRoute(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}

/// <summary>A container's port on its network's bridge.</summary>
/// <param name="Attachment">Whose it is.</param>
/// <param name="Bridge">Name of the bridge.</param>
internal sealed record PlannedPort(AttachmentRecord Attachment, string Bridge)
{
    /// <summary>Whether it must be complete. One that is being attached may be in any state: its plugin is at work.</summary>
    public bool Required => Attachment.State == AttachmentState.Committed;

    public MacAddress Mac => new(Attachment.ContainerMac.Span);
}
