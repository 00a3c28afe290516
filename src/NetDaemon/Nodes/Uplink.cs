using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;

namespace Weft.NetDaemon.Nodes;

/// <summary>The way out of the node: the interface of the default route, or the one that the operator named.</summary>
/// <param name="Name">Interface name, or empty when there is none.</param>
/// <param name="Mtu">Bytes.</param>
/// <param name="Addresses">Its addresses, link-local ones excluded.</param>
internal sealed record Uplink(string Name, int Mtu, IReadOnlyList<IPAddress> Addresses)
{
    private const int EthernetMtu = 1500;
    private const int OverheadIPv4 = 50;     // outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348 section 5)
    private const int OverheadIPv6 = 70;     // outer IPv6 40
    private const int MinimumMtu = 1280;     // RFC 8200 section 5

    /// <summary>Prefixes that the link's addresses are in, each once; none of a single address.</summary>
    public IReadOnlyList<IPNetwork> Segments { get; init; } = [];

    /// <summary>Ethernet address of the frames that leave by it; null: it is no Ethernet.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Whether the kernel takes IPv6 next hops on it, which routes of both families to nodes on its segments use.</summary>
    public bool HasIPv6 { get; init; }

    /// <summary>Why no node on its segments is reached without a tunnel, or null.</summary>
    public string? WhyNotDirect =>
        Mac is null ? $"{Name} is no Ethernet"
        : !HasIPv6 ? $"IPv6 is off on {Name} (net.ipv6.conf.{Name}.disable_ipv6), and one IPv6 next hop serves both families"
        : Segments.Count == 0 ? $"no address of {Name} is in a prefix with others"
        : null;

    /// <summary>
    /// Bytes that a container's packet may have so that it still fits when it must be tunnelled to another node: the containers of a node
    /// that later joins others need no restart.
    /// </summary>
    public int ContainerMtu => Math.Max(MinimumMtu, Mtu - (Addresses.Any(a => a.AddressFamily == AddressFamily.InterNetwork) || Addresses.Count == 0 ? OverheadIPv4 : OverheadIPv6));

    /// <param name="named">The operator's choice, or null.</param>
    /// <param name="within">The node's namespace; null: the calling thread's.</param>
    public static Uplink Find(string? named, NetworkNamespace? within = null)
    {
        using RouteSocket socket = RouteSocket.Open(within);
        int index = named is null ? DefaultRouteLink(socket) : socket.LinkByName(named)?.Index ?? 0;
        if (index == 0 || socket.LinkByIndex(index) is not { } link)
        {
            return new Uplink(named ?? "", EthernetMtu, []);
        }
        InterfaceAddress[] addresses = [.. socket.Addresses(index).Select(a => a.Address).Where(a => !a.Address.IsIPv6LinkLocal)];
        return new Uplink(link.Name, link.Mtu, [.. addresses.Select(a => a.Address)]) 
        {
            Segments = SegmentsOf(addresses),
            Mac = link.Mac is { IsMulticast: false } mac && mac != default ? mac : null,
            HasIPv6 = Sysctl.TryRead(["net", "ipv6", "conf", link.Name, "disable_ipv6"], within) == "0",
        };
    }

    /// <summary>Why nothing goes in or out this way, or null.</summary>
    public string? WhyUseless =>
        Name.Length == 0 ? "the node has no default route, so no uplink"
        : Addresses.Count == 0 ? $"the uplink {Name} is not there or has no address"
        : null;

    public void Report(HealthBoard health)
    {
        if (WhyUseless is { } why)
        {
            health.Degraded(HealthBoard.Uplink, $"{why}: containers reach each other but not the outside; add a route, or name the interface with uplink in weftd's config file");
        }
        else
        {
            health.Ok(HealthBoard.Uplink, $"{Name}, MTU {Mtu}, {string.Join(" ", Addresses)}");
        }
    }

    /// <summary>The node's record.</summary>
    /// <param name="identity">Who it is.</param>
    /// <param name="version">Of this weftd.</param>
    /// <param name="started">When this weftd started.</param>
    /// <param name="directRouting">Whether nodes on its segments are to be reached without a tunnel, if they can.</param>
    public Node Describe(NodeIdentity identity, string version, DateTimeOffset started, bool directRouting)
    {
        var node = new Node
        {
            Name = identity.Name,
            Number = identity.Number,
            Mtu = (uint)Mtu,
            Version = version,
            BootId = identity.BootId,
            StartedUnixMs = started.ToUnixTimeMilliseconds(),
            Uplink = Name,
            UplinkMac = Mac?.ToString() ?? "",
            DirectRouting = directRouting && WhyNotDirect is null,
        };
        node.UnderlayAddresses.AddRange(Addresses.Select(a => a.ToString()));
        node.Segments.AddRange(Segments.Select(s => s.ToString()));
        return node;
    }

    private static IReadOnlyList<IPNetwork> SegmentsOf(IEnumerable<InterfaceAddress> addresses) =>
    [
        // An address alone in its prefix says nothing about who else is on the link.
        .. addresses.Where(a => a.PrefixLength < a.Address.GetAddressBytes().Length * 8)
            .Select(a => Ipam.Cidr.Containing(a.Address, a.PrefixLength).ToString())
            .Distinct()
            .Select(IPNetwork.Parse),
    ];

    private static int DefaultRouteLink(RouteSocket socket)
    {
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            RouteInfo? best = socket.Routes(family, table: RouteTable.Main)
                .Where(r => r.Destination.PrefixLength == 0 && r.Type == RouteType.Unicast && r.LinkIndex != 0)
                .MinBy(r => r.Priority);
            if (best is not null)
            {
                return best.LinkIndex;
            }
        }
        return 0;
    }
}
