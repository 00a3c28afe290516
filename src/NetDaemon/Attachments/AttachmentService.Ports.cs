using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

/// <content>Published ports: who has which.</content>
internal sealed partial class AttachmentService
{
    /// <summary>Sees to it that nobody else has the ports of a request: a holder whose container is gone for certain gives way.</summary>
    /// <exception cref="RefusedException">Others have them; nothing was changed.</exception>
    private void MakeWayForPorts(IReadOnlyList<HostPort> wanted)
    {
        if (wanted.Count == 0)
        {
            return;
        }
        ILookup<(byte, ushort), HostPort> byPort = wanted.ToLookup(w => (w.Protocol, w.Port));
        var stale = new List<AttachmentRecord>();
        var taken = new List<string>();
        foreach (AttachmentRecord other in table.All)
        {
            HostPort[] clashes = [.. PortMappingReader.PortsOf(other).Where(p => byPort[(p.Protocol, p.Port)].Any(p.Overlaps))];
            if (clashes.Length == 0)
            {
                continue;
            }
            if (IsStale(other))
            {
                stale.Add(other);
                continue;
            }
            taken.AddRange(clashes.Select(p => $"{p} leads to {other.EndpointNamespace}/{other.EndpointName} "
                + $"(container {other.Key.ContainerId}, {other.Key.InterfaceName} on {other.Key.Network})"));
        }
        if (taken.Count > 0)
        {
            throw new RefusedException(RefusalReason.PortInUse, string.Join("; ", taken), "delete that container first, or publish another host port or address");
        }
        foreach (AttachmentRecord other in stale)
        {
            try
            {
                Undo(other, "its interface is gone and another container publishes its ports");
            }
            catch (StoreException e)
            {
                throw StoreFailed(e);
            }
        }
    }

    /// <summary>A port of an address leads to a container's address of the same family only.</summary>
    /// <exception cref="RefusedException">The container has none; its addresses have been given back.</exception>
    private void RequireFamilies(IReadOnlyList<HostPort> ports, NetworkView network, IReadOnlyList<AllocatedAddress> addresses)
    {
        string[] problems =
        [
            .. ports.Where(p => !addresses.Any(a => p.Is(a.Address.AddressFamily)))
                .Select(p => $"{p} cannot lead to a container without an {(p.Family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")} address"),
        ];
        if (problems.Length > 0)
        {
            allocator.ReturnUnused(network.Name, addresses.Select(a => a.Address));
            throw new RefusedException(
                RefusalReason.BadRequest, string.Join("; ", problems), $"publish it on an address of the other family, or add a Pool to network {network.Name}");
        }
    }
}
