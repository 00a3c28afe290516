using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Attachments;

/// <summary>A port of the node that a container asks for, checked. Made by <see cref="PortMappingReader"/> alone.</summary>
/// <param name="Protocol">IP protocol number: 6, 17 or 132.</param>
/// <param name="Address">The node's address, or null for all of them; never unspecified, and never IPv4 in IPv6.</param>
/// <param name="Family">With a null address: all addresses of this family; Unspecified: of both.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="ContainerPort">1 to 65535.</param>
/// <param name="Loopback">With a null address: 127.0.0.1 too.</param>
internal readonly record struct HostPort(byte Protocol, IPAddress? Address, AddressFamily Family, ushort Port, ushort ContainerPort, bool Loopback)
{
    /// <summary>Whether it is reached by way of 127.0.0.0/8.</summary>
    public bool UsesLoopback => Address is null
        ? Loopback && Family != AddressFamily.InterNetworkV6
        : Address.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(Address);

    /// <summary>Whether it has addresses of a family.</summary>
    public bool Is(AddressFamily family) => Family == family || Family == AddressFamily.Unspecified;

    /// <summary>Whether some packet would be meant for both.</summary>
    public bool Overlaps(HostPort other) =>
        Protocol == other.Protocol
        && Port == other.Port
        && (Family == other.Family || Family == AddressFamily.Unspecified || other.Family == AddressFamily.Unspecified)
        && (Address is null || other.Address is null || Address.Equals(other.Address));

    /// <summary>"tcp port 8080 of 192.0.2.1"</summary>
    public override string ToString() => $"{NameOf(Protocol)} port {Port} of {Place}";

    /// <summary>The protocol's name, or its number.</summary>
    public static string NameOf(uint protocol) => protocol switch
    {
        6 => "tcp",
        17 => "udp",
        132 => "sctp",
        _ => $"protocol {protocol}",
    };

    private string Place => Address?.ToString() ?? Family switch
    {
        AddressFamily.InterNetwork => "all IPv4 addresses",
        AddressFamily.InterNetworkV6 => "all IPv6 addresses",
        _ => "all addresses",
    };
}
