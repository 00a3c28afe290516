using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Wiring;

/// <summary>What is inside a container's namespace, as far as CHECK looks.</summary>
internal sealed record ContainerState
{
    public required bool Exists { get; init; }

    public bool IsUp { get; init; }

    public MacAddress Mac { get; init; }

    /// <summary>Bytes.</summary>
    public uint Mtu { get; init; }

    /// <summary>Addresses of the interface, each with its prefix length in bits.</summary>
    public IReadOnlyList<(IPAddress Address, int PrefixLength)> Addresses { get; init; } = [];

    /// <summary>Routes by the interface that have a next hop.</summary>
    public IReadOnlyList<(IPNetwork Destination, IPAddress Gateway)> Routes { get; init; } = [];

    /// <summary>Neighbour entries of the interface.</summary>
    public IReadOnlyList<(IPAddress Address, MacAddress Mac)> Neighbours { get; init; } = [];

    /// <summary>Looks into the container.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static ContainerState Read(NetworkNamespace container, string interfaceName)
    {
        using RouteSocket inside = RouteSocket.Open(container);
        if (inside.LinkByName(interfaceName) is not LinkInfo link)
        {
            return new ContainerState { Exists = false };
        }
        return new ContainerState
        {
            Exists = true,
            IsUp = link.IsUp,
            Mac = link.Mac ?? default,
            Mtu = (uint)link.Mtu,
            Addresses = [.. inside.Addresses(link.Index).Select(static a => (a.Address.Address, a.Address.PrefixLength))],
            Routes =
            [
                .. inside.Routes().Where(r => r.LinkIndex == link.Index && r.Gateway is not null).Select(static r => (r.Destination, r.Gateway!)),
            ],
            Neighbours =
            [
                .. inside.Neighbours(linkIndex: link.Index).Where(static n => n.Mac is not null).Select(static n => (n.Address, n.Mac!.Value)),
            ],
        };
    }
}
