using System.Net;
using System.Net.Sockets;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <summary>One way from a port of the node to one of a container: an element of a map in inet weft.</summary>
/// <param name="Protocol">IP protocol number.</param>
/// <param name="HostAddress">The node's address, or null for all of the family but the loopback's.</param>
/// <param name="HostPort">Its port.</param>
/// <param name="ContainerAddress">Where it leads; of the same family.</param>
/// <param name="ContainerPort">The port there.</param>
internal readonly record struct PublishedPort(byte Protocol, IPAddress? HostAddress, ushort HostPort, IPAddress ContainerAddress, ushort ContainerPort)
{
    public AddressFamily Family => ContainerAddress.AddressFamily;

    /// <summary>All of an attachment. A port leads to the first address of each family.</summary>
    public static IEnumerable<PublishedPort> Of(AttachmentRecord attachment)
    {
        IReadOnlyList<HostPort> ports = PortMappingReader.PortsOf(attachment);
        foreach (IPAddress address in TargetsOf(attachment, ports))
        {
            foreach (HostPort port in ports.Where(p => p.Is(address.AddressFamily)))
            {
                yield return new PublishedPort(port.Protocol, port.Address, port.Port, address, port.ContainerPort);
                if (port.Address is null && port.UsesLoopback && address.AddressFamily == AddressFamily.InterNetwork)
                {
                    yield return new PublishedPort(port.Protocol, IPAddress.Loopback, port.Port, address, port.ContainerPort);
                }
            }
        }
    }

    /// <summary>The addresses of an attachment that published ports lead to.</summary>
    public static IEnumerable<IPAddress> TargetsOf(AttachmentRecord attachment) => TargetsOf(attachment, PortMappingReader.PortsOf(attachment));

    /// <summary>Whether one of an attachment's ports is reached by way of 127.0.0.0/8.</summary>
    public static bool UsesLoopback(AttachmentRecord attachment) => PortMappingReader.PortsOf(attachment).Any(p => p.UsesLoopback);

    private static IEnumerable<IPAddress> TargetsOf(AttachmentRecord attachment, IReadOnlyList<HostPort> ports) =>
        attachment.Addresses.Select(a => a.Address).DistinctBy(a => a.AddressFamily).Where(a => ports.Any(p => p.Is(a.AddressFamily)));
}
