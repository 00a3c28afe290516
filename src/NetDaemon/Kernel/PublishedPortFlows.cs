using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Conntrack;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// The tracked flows to ports that have just been published (kubernetes#58336, plugins#123). Translation is decided by a flow's first packet
/// and kept in its entry, which each further packet of a UDP sender renews: one that never pauses would go on to where its first packet went.
/// </summary>
internal static class PublishedPortFlows
{
    private const byte Udp = 17;
    private const uint SeenReply = 0x2;     // IPS_SEEN_REPLY

    /// <summary>Those of the flows that were decided otherwise than the ports now say.</summary>
    /// <param name="flows">As the kernel has them.</param>
    /// <param name="ports">The ports; their elements are in the maps.</param>
    /// <param name="isLocal">Whether an address is the node's own: flows that it passes on to the same port of others stay.</param>
    public static IEnumerable<ConntrackEntry> Stale(IEnumerable<ConntrackEntry> flows, IEnumerable<PublishedPort> ports, Func<IPAddress, bool> isLocal)
    {
        ILookup<(AddressFamily, byte, ushort), PublishedPort> byPort = ports.ToLookup(p => (p.Family, p.Protocol, p.HostPort));
        return flows.Where(flow => MayGo(flow)
            && byPort[(flow.Original.Destination.AddressFamily, flow.Original.Protocol, flow.Original.DestinationPort)].Any(p => IsFor(p, flow) && !LeadsTo(p, flow))
            && isLocal(flow.Original.Destination));
    }

    /// <summary>A connection that the node itself has answered is left alone: cut off, its next segment would be taken to the container.</summary>
    private static bool MayGo(ConntrackEntry entry) => entry.Original.Protocol == Udp || (entry.Status & SeenReply) == 0;

    private static bool IsFor(PublishedPort port, ConntrackEntry entry) => port.HostAddress is null
        ? !IPAddress.IsLoopback(entry.Original.Destination)
        : port.HostAddress.Equals(entry.Original.Destination);

    private static bool LeadsTo(PublishedPort port, ConntrackEntry entry) =>
        entry.Reply.Source.Equals(port.ContainerAddress) && entry.Reply.SourcePort == port.ContainerPort;
}
