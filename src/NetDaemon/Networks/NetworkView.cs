using System.Net;
using Weft.Contracts;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Networks;

/// <summary>A network as this node carries it out: the stored object with everything that follows from it.</summary>
internal sealed record NetworkView
{
    /// <summary>IPv6 next hop of every container, whatever its network.</summary>
    public static readonly IPAddress Gateway6 = IPAddress.Parse("fe80::1");

    public required string Name { get; init; }

    /// <summary>n: counts the networks of all nodes, from 1.</summary>
    public required uint Number { get; init; }

    /// <summary>VXLAN network identifier, 24 bits: which network a packet between nodes belongs to.</summary>
    public required uint Vni { get; init; }

    /// <summary>IPv4 next hop of every container of the network; the same on each node.</summary>
    public required IPAddress Gateway4 { get; init; }

    /// <summary>Bytes that a packet of a container may have.</summary>
    public required int Mtu { get; init; }

    public required bool Masquerade { get; init; }

    /// <summary>The CNI configuration that it was made for, or empty: a person made it.</summary>
    public string CniConfiguration { get; init; } = "";

    /// <summary>In name order.</summary>
    public required IReadOnlyList<Pool> Pools { get; init; }

    /// <summary>Ranges of the pools, in the same order.</summary>
    public required IReadOnlyList<Cidr> Ranges { get; init; }

    /// <summary>Addresses of the pools that no container gets.</summary>
    public required IReadOnlySet<IPAddress> Withheld { get; init; }

    public string Bridge => BridgeName(Number);

    /// <summary>The bridge's and so both gateways' MAC: the same on each node, so that a container may move.</summary>
    public MacAddress BridgeMac => DerivedMacs.Bridge(Number);

    public string BridgeAlias => $"weft network {Name}";

    public static string BridgeName(uint number) => $"{WeftPaths.BridgePrefix}{number}";

    /// <summary>Puts a stored network and its pools together.</summary>
    /// <param name="network">The stored object; its number and gateways have been given.</param>
    /// <param name="pools">The network's pools, in any order.</param>
    /// <param name="defaultMtu">Bytes, for a network that does not say.</param>
    public static NetworkView Create(Network network, IEnumerable<Pool> pools, int defaultMtu)
    {
        return new NetworkView
        {
            Name = network.Name,
            Number = network.Number,
            Vni = network.Vni,
            Gateway4 = IPAddress.Parse(network.Gateway4),
            Mtu = network.Mtu == 0 ? defaultMtu : (int)network.Mtu,
            Masquerade = network.Masquerade,
            CniConfiguration = network.CniConfiguration,
            Pools = [],
            Ranges = [],
            Withheld = new HashSet<IPAddress>(),
        }.With(pools);
    }

    /// <summary>The same with these pools, in any order.</summary>
    public NetworkView With(IEnumerable<Pool> pools)
    {
        Pool[] sorted = [.. pools.OrderBy(p => p.Name, StringComparer.Ordinal)];
        return this with
        {
            Pools = sorted,
            Ranges = [.. sorted.Select(p => Cidr.Parse(p.Cidr))],
            Withheld = sorted.SelectMany(p => p.Withheld).Select(IPAddress.Parse).ToHashSet(),
        };
    }
}
