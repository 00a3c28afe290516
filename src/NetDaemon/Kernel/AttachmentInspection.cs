using System.Net;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Compares an attachment's links, routes and neighbours with what they should be: CHECK's view, read-only. Each sentence names the thing,
/// what it is and what it should be.
/// </summary>
internal static class AttachmentInspection
{
    public static IEnumerable<string> Links(RouteSocket socket, AttachmentRecord attachment, NetworkView network)
    {
        if (socket.LinkByName(network.Bridge) is not { } bridge)
        {
            yield return $"the bridge {network.Bridge} of network {network.Name} is missing";
            yield break;
        }
        foreach (string problem in Bridge(socket, bridge, network))
        {
            yield return problem;
        }
        if (socket.LinkByName(attachment.HostInterface) is not { } port)
        {
            yield return $"the host interface {attachment.HostInterface} is missing";
            yield break;
        }
        foreach (string problem in Port(socket, port, bridge, attachment))
        {
            yield return problem;
        }
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            foreach (string problem in Way(socket, address, bridge, new MacAddress(attachment.ContainerMac.Span)))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> Bridge(RouteSocket socket, LinkInfo bridge, NetworkView network)
    {
        if (!bridge.IsUp)
        {
            yield return $"the bridge {bridge.Name} is down, and should be up";
        }
        if (bridge.Mac != network.BridgeMac)
        {
            yield return $"the bridge {bridge.Name} has MAC {bridge.Mac}, and should have {network.BridgeMac}";
        }
        HashSet<IPAddress> present = [.. socket.Addresses(bridge.Index).Select(a => a.Address.Address)];
        foreach (IPAddress gateway in (IPAddress[])[network.Gateway4, NetworkView.Gateway6])
        {
            if (!present.Contains(gateway))
            {
                yield return $"the bridge {bridge.Name} lacks the gateway's address {gateway}";
            }
        }
    }

    private static IEnumerable<string> Port(RouteSocket socket, LinkInfo port, LinkInfo bridge, AttachmentRecord attachment)
    {
        if (!port.IsUp)
        {
            yield return $"the host interface {port.Name} is down, and should be up";
        }
        var hostMac = new MacAddress(attachment.HostMac.Span);
        if (port.Mac != hostMac)
        {
            yield return $"the host interface {port.Name} has MAC {port.Mac}, and should have {hostMac}";
        }
        if (port.Mtu != attachment.Mtu)
        {
            yield return $"the host interface {port.Name} has MTU {port.Mtu}, and should have {attachment.Mtu}";
        }
        if (port.MasterIndex != bridge.Index)
        {
            string master = port.MasterIndex == 0 ? "of no bridge" : $"of {socket.LinkByIndex(port.MasterIndex)?.Name ?? $"link {port.MasterIndex}"}";
            yield return $"the host interface {port.Name} is a port {master}, and should be one of {bridge.Name}";
        }
        if (port.BridgePort?.Isolated != true)
        {
            yield return $"the bridge port {port.Name} is not isolated, and should be";
        }
        if (port.BridgePort?.Learning != false)
        {
            yield return $"the bridge port {port.Name} learns addresses, and should not";
        }
        var mac = new MacAddress(attachment.ContainerMac.Span);
        if (!socket.Fdb(bridge.Index).Any(f => f.LinkIndex == port.Index && f.Mac == mac))
        {
            yield return $"the forwarding entry {mac} on {port.Name} is missing";
        }
    }

    private static IEnumerable<string> Way(RouteSocket socket, IPAddress address, LinkInfo bridge, MacAddress mac)
    {
        IPNetwork destination = LinkPlan.HostRoute(address);
        if (!socket.Routes(address.AddressFamily, table: RouteTable.Main, protocol: RouteProtocol.Weft).Any(r => r.Destination.Equals(destination) && r.LinkIndex == bridge.Index))
        {
            yield return $"the route {destination} by {bridge.Name} is missing";
        }
        NeighbourInfo? neighbour = socket.Neighbours(address.AddressFamily, bridge.Index).FirstOrDefault(n => n.Address.Equals(address));
        if (neighbour?.Mac is not { } found)
        {
            yield return $"the neighbour entry {address} at {mac} on {bridge.Name} is missing";
        }
        else if (found != mac)
        {
            yield return $"the neighbour entry {address} on {bridge.Name} has MAC {found}, and should have {mac}";
        }
    }
}
