using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;

namespace Weft.NetDaemon.Nodes;

/// <summary>The way out of the node, and to other nodes.</summary>
/// <param name="Name">Interface name, or empty when there is none: IPv4's, where the families have different ones.</param>
/// <param name="Mtu">Bytes: the smallest, where the families have different ones.</param>
/// <param name="Addresses">Where other nodes reach this one, IPv4 first, the best of each family first.</param>
internal sealed record Uplink(string Name, int Mtu, IReadOnlyList<IPAddress> Addresses)
{
    private const int EthernetMtu = 1500;
    private const int OverheadIPv4 = 50;     // outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348 section 5)
    private const int OverheadIPv6 = 70;     // outer IPv6 40
    private const int MinimumMtu = 1280;     // RFC 8200 section 5

    /// <summary>Addresses of its own that tunnels begin at: other than <see cref="Addresses"/> where those are somebody else's, who translates them.</summary>
    public IReadOnlyList<IPAddress> OwnAddresses { get; init; } = Addresses;

    /// <summary>What would lead out, in words, where nothing does.</summary>
    public string Sought { get; init; } = "default route";

    /// <summary>Prefixes that the links' addresses are in, each once; none of a single address.</summary>
    public IReadOnlyList<IPNetwork> Segments { get; init; } = [];

    /// <summary>Ethernet address of the frames that leave by it; null: it is no Ethernet.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Whether the kernel takes IPv6 next hops on it, which routes of both families to nodes on its segments use.</summary>
    public bool HasIPv6 { get; init; }

    /// <summary>Whether nodes on its segments that want it, too, are to be reached without a tunnel.</summary>
    public bool WantsDirectRouting { get; init; }

    /// <summary>Why no node on its segments is reached without a tunnel, or null.</summary>
    public string? WhyNotDirect =>
        Mac is null ? $"{Name} is no Ethernet, or IPv4 and IPv6 leave by links that differ"
        : !HasIPv6 ? $"IPv6 is off on {Name} (net.ipv6.conf.{Name}.disable_ipv6), and one IPv6 next hop serves both families"
        : Segments.Count == 0 ? $"no address of {Name} is in a prefix with others"
        : null;

    /// <summary>
    /// Bytes that a container's packet may have so that it still fits when it must be tunnelled to another node: the containers of a node
    /// that later joins others need no restart.
    /// </summary>
    public int ContainerMtu => Math.Max(MinimumMtu, Mtu - (Addresses.Any(a => a.AddressFamily == AddressFamily.InterNetwork) || Addresses.Count == 0 ? OverheadIPv4 : OverheadIPv6));

    /// <param name="choice">What the operator says.</param>
    /// <param name="within">The node's namespace; null: the calling thread's.</param>
    public static Uplink Find(UnderlayChoice choice, NetworkNamespace? within = null)
    {
        using RouteSocket socket = RouteSocket.Open(within);
        if (UplinkFinder.Find(socket, choice) is { Count: > 0 } ends)
        {
            // Frames of both families are told by one MAC, so only one link will do.
            string? link = ends.All(e => e.Link == ends[0].Link) ? ends[0].Link : null;
            return Of(ends) with
            {
                WantsDirectRouting = choice.DirectRouting,
                Mac = link is not null && socket.LinkByName(link)?.Mac is { IsMulticast: false } mac && mac != default ? mac : null,
                HasIPv6 = link is not null && Sysctl.TryRead(["net", "ipv6", "conf", link, "disable_ipv6"], within) == "0",
            };
        }
        return new Uplink(choice.Interface ?? "", EthernetMtu, [])
        {
            Sought = choice.RouteTo.Count == 0 ? "default route" : $"route to {string.Join(" or ", choice.RouteTo)}",
        };
    }

    /// <summary>Why nothing goes in or out this way, or null.</summary>
    public string? WhyUseless =>
        Name.Length == 0 ? $"the node has no {Sought}, so no uplink"
        : Addresses.Count == 0 ? $"the uplink {Name} is not there or has no address"
        : null;

    public void Report(HealthBoard health)
    {
        if (WhyUseless is { } why)
        {
            health.Degraded(HealthBoard.Uplink, $"{why}: containers reach each other but not the outside; add a route, or name the interface with uplink in weftd's config file");
        }
        else if (WantsDirectRouting && WhyNotDirect is { } tunnelled)
        {
            health.Degraded(HealthBoard.Uplink, $"{tunnelled}: directRouting does nothing, and all nodes are reached through the tunnel; mend that, or set directRouting: false");
        }
        else
        {
            string own = OwnAddresses.SequenceEqual(Addresses) ? "" : $" (own: {string.Join(" ", OwnAddresses)})";
            health.Ok(HealthBoard.Uplink, $"{Name}, MTU {Mtu}, {string.Join(" ", Addresses)}{own}");
        }
    }

    /// <summary>A node's record with this as its underlay.</summary>
    public Node Describe(Node node)
    {
        Node described = node.Clone();
        described.Mtu = (uint)Mtu;
        described.Uplink = Name;
        described.UplinkMac = Mac?.ToString() ?? "";
        described.DirectRouting = WantsDirectRouting && WhyNotDirect is null;
        described.UnderlayAddresses.Clear();
        described.UnderlayAddresses.AddRange(Addresses.Select(a => a.ToString()));
        described.Segments.Clear();
        described.Segments.AddRange(Segments.Select(s => s.ToString()));
        return described;
    }

    /// <summary>The node as it is for itself: tunnels begin at its own addresses, whatever others are told.</summary>
    public KnownNode AsOwn(Node record)
    {
        Node own = record.Clone();
        own.UnderlayAddresses.Clear();
        own.UnderlayAddresses.AddRange(OwnAddresses.Select(a => a.ToString()));
        return KnownNode.Of(own);
    }

    /// <summary>Equal content is equal, unlike with lists.</summary>
    public bool IsSameAs(Uplink other) => Name == other.Name && Mtu == other.Mtu && Mac == other.Mac && HasIPv6 == other.HasIPv6 && Addresses.SequenceEqual(other.Addresses)
        && OwnAddresses.SequenceEqual(other.OwnAddresses) && Segments.SequenceEqual(other.Segments);

    private static Uplink Of(IReadOnlyList<UplinkEnd> ends) => new(
        ends[0].Link, ends.Min(e => e.Mtu), [.. ends.SelectMany(e => e.Published)])
    {
        OwnAddresses = [.. ends.SelectMany(e => e.Own)],
        Segments = [.. ends.SelectMany(e => e.Segments).Distinct()],
    };
}
