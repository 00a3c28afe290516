using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Conntrack;
using Weft.Dataplane.Netlink;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// The tracked flows to ports that have just been published (kubernetes#58336, plugins#123). Translation is decided by a flow's first packet
/// and kept in its entry, which each further packet of a UDP sender renews.
/// </summary>
internal static class PublishedPortFlows
{
    private const byte Udp = 17;
    private const uint SeenReply = 0x2;     // IPS_SEEN_REPLY

    /// <summary>Deletes what was decided otherwise than the ports now say.</summary>
    /// <param name="socket">In the node's namespace.</param>
    /// <param name="ports">The ports; their elements are in the maps.</param>
    /// <param name="isLocal">Whether an address is the node's own: flows that it passes on to the same port of others stay.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public static int Delete(ConntrackSocket socket, IReadOnlyList<PublishedPort> ports, Func<IPAddress, bool> isLocal)
    {
        var stale = new List<ConntrackEntry>();
        foreach (IGrouping<(AddressFamily Family, byte Protocol), PublishedPort> group in ports.GroupBy(p => (p.Family, p.Protocol)))
        {
            ILookup<ushort, PublishedPort> byPort = group.ToLookup(p => p.HostPort);
            foreach (ConntrackEntry entry in socket.EntriesTo(group.Key.Family, group.Key.Protocol, group.Select(p => p.HostPort).ToHashSet()))
            {
                if (MayGo(entry) && isLocal(entry.Original.Destination) && byPort[entry.Original.DestinationPort].Any(p => IsFor(p, entry) && !LeadsTo(p, entry)))
                {
                    stale.Add(entry);
                }
            }
        }
        return stale.Count == 0 ? 0 : socket.Delete(stale);
    }

    /// <summary>A connection that the node itself has answered is left alone: cut off, its next segment would be taken to the container.</summary>
    private static bool MayGo(ConntrackEntry entry) => entry.Original.Protocol == Udp || (entry.Status & SeenReply) == 0;

    private static bool IsFor(PublishedPort port, ConntrackEntry entry) => port.HostAddress is null
        ? !IPAddress.IsLoopback(entry.Original.Destination)
        : port.HostAddress.Equals(entry.Original.Destination);

    private static bool LeadsTo(PublishedPort port, ConntrackEntry entry) =>
        entry.Reply.Source.Equals(port.ContainerAddress) && entry.Reply.SourcePort == port.ContainerPort;
}
