using System.Net;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>Compares an attachment's links, routes and neighbours with what they should be: CHECK's view, read-only.</summary>
internal static class AttachmentInspection
{
    public static IEnumerable<string> Links(RouteSocket socket, AttachmentRecord attachment, NetworkView network)
    {
        if (socket.LinkByName(network.Bridge) is not { } bridge)
        {
            yield return $"the bridge {network.Bridge} of network {network.Name} is missing";
            yield break;
        }
        if (!bridge.IsUp)
        {
            yield return $"the bridge {network.Bridge} is down";
        }
        if (socket.LinkByName(attachment.HostInterface) is not { } port)
        {
            yield return $"the host interface {attachment.HostInterface} is missing";
            yield break;
        }
        if (!port.IsUp)
        {
            yield return $"the host interface {port.Name} is down";
        }
        if (port.MasterIndex != bridge.Index)
        {
            yield return $"the host interface {port.Name} is not a port of {network.Bridge}";
        }
        if (port.BridgePort is not { Isolated: true, Learning: false })
        {
            yield return $"the bridge port {port.Name} is not isolated, or learns addresses";
        }
        var mac = new MacAddress(attachment.ContainerMac.Span);
        if (!socket.Fdb(bridge.Index).Any(f => f.LinkIndex == port.Index && f.Mac == mac))
        {
            yield return $"the forwarding entry {mac} on {port.Name} is missing";
        }
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            IPNetwork destination = LinkPlan.HostRoute(address);
            if (!socket.Routes(address.AddressFamily, protocol: RouteProtocol.Weft).Any(r => r.Destination.Equals(destination) && r.LinkIndex == bridge.Index))
            {
                yield return $"the route {destination} by {network.Bridge} is missing";
            }
            if (!socket.Neighbours(address.AddressFamily, bridge.Index).Any(n => n.Address.Equals(address) && n.Mac == mac))
            {
                yield return $"the neighbour entry {address} at {mac} on {network.Bridge} is missing";
            }
        }
    }
}
