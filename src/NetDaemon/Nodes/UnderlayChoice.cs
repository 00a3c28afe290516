using System.IO.Enumeration;
using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Nodes;

/// <summary>How the node's way out, and its addresses towards other nodes, are chosen: by the default route, where nothing is said.</summary>
internal sealed record UnderlayChoice
{
    public static readonly UnderlayChoice ByDefaultRoute = new();

    /// <summary>Name of an interface, or a pattern with * and ?; null: by route.</summary>
    public string? Interface { get; init; }

    /// <summary>The interface by which the node reaches these, one address of a family at most; empty: the default route's.</summary>
    public IReadOnlyList<IPAddress> RouteTo { get; init; } = [];

    /// <summary>What other nodes reach this one at, instead of the interface's addresses: one of a family at most. They need not be the node's own, as behind NAT.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Whether nodes on the uplink's segments that want it, too, are reached without a tunnel.</summary>
    public bool DirectRouting { get; init; }

    /// <summary>Whether links of that name can be meant. Weft's own and the loopback never are.</summary>
    public bool Matches(string link) => Interface is not null && (Interface == link || (IsPattern && link != "lo"
        && !link.StartsWith(Contracts.WeftPaths.BridgePrefix, StringComparison.Ordinal) && !link.StartsWith(Contracts.WeftPaths.PortPrefix, StringComparison.Ordinal)
        && FileSystemName.MatchesSimpleExpression(Interface, link, ignoreCase: false)));

    /// <summary>Whether <see cref="Interface"/> is a pattern.</summary>
    public bool IsPattern => Interface?.AsSpan().ContainsAny('*', '?') == true;

    /// <summary>The address of a family that other nodes are told, or null: an interface's.</summary>
    public IPAddress? AddressOf(AddressFamily family) => Addresses.FirstOrDefault(a => a.AddressFamily == family);

    /// <summary>The address of a family to be reached, or null.</summary>
    public IPAddress? RouteToOf(AddressFamily family) => RouteTo.FirstOrDefault(a => a.AddressFamily == family);
}
