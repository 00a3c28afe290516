using System.Net;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Wiring;

/// <summary>The operations of a plan on the node's side.</summary>
internal sealed class NodeBatches(WiringPlan plan)
{
    public string HostInterface => plan.HostInterface;

    /// <summary>The pair, its peer already in the container; the port's flags; and only then up. Then asks for both indexes.</summary>
    public RouteBatch Create(NetworkNamespace container) => new RouteBatch()
        .CreateVeth(new VethSpec
        {
            Name = plan.HostInterface,
            Mac = plan.HostMac,
            Mtu = plan.Mtu,
            MasterIndex = plan.BridgeIndex,
            PeerName = plan.ContainerInterface,
            PeerMac = plan.ContainerMac,
            PeerMtu = plan.Mtu,
            PeerNamespace = container,
        })
        // The kernel takes neither of these while it creates a link.
        .SetLink(plan.HostInterface, new LinkChange { Alias = plan.Alias, AddressGeneration = AddressGenerationMode.None })
        // One message, so that a kernel that refuses a flag does not set the port up either.
        .SetBridgePort(plan.HostInterface, BridgePortFlags.ContainerPort, up: true)
        .GetLink(plan.HostInterface);

    /// <summary>Tells bridge and routing where the container is.</summary>
    public RouteBatch Announce(int hostIndex)
    {
        RouteBatch batch = new RouteBatch().ReplaceFdb(new FdbSpec { LinkIndex = hostIndex, Mac = plan.ContainerMac });
        foreach (PlannedAddress address in plan.Addresses)
        {
            batch.ReplaceNeighbour(Neighbour(address)).ReplaceRoute(Route(address));
        }
        return batch;
    }

    /// <summary>Takes all of it away again. The FDB entry goes with its port.</summary>
    /// <param name="hostIndex">0: not known, so the link is meant by name.</param>
    public RouteBatch Remove(int hostIndex)
    {
        var batch = new RouteBatch();
        foreach (PlannedAddress address in plan.Addresses)
        {
            batch.DeleteRoute(Route(address)).DeleteNeighbour(Neighbour(address) with { Mac = null });
        }
        return batch.DeleteLink(hostIndex == 0 ? plan.HostInterface : hostIndex);
    }

    private NeighbourSpec Neighbour(PlannedAddress address) =>
        new() { LinkIndex = plan.BridgeIndex, Address = address.Address, Mac = plan.ContainerMac };

    private RouteSpec Route(PlannedAddress address) =>
        new() { Destination = new IPNetwork(address.Address, address.IsVersion4 ? 32 : 128), LinkIndex = plan.BridgeIndex };
}
