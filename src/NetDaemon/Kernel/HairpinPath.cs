using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// The way back to containers of the bridge that a packet came from: a pure function of the network. See <see cref="HairpinLinks"/>.
/// </summary>
/// <param name="Network">Whose containers.</param>
/// <param name="Bridge">Interface index of its bridge.</param>
internal sealed record HairpinPath(NetworkView Network, int Bridge)
{
    /// <summary>Behind the local table (0), before whatever sends everything elsewhere: rules without a number get one just before 32766.</summary>
    public const uint RulePriority = 870;

    private const uint FirstTable = 87_000_000;
    private const string AliasPrefix = "weft hairpin ";

    /// <summary>weft1h: 15 bytes with the largest number.</summary>
    public string Name => NameOf(Network);

    public string Alias => $"{AliasPrefix}{Network.Name}";

    /// <summary>The routing table of its own.</summary>
    public uint Table => FirstTable + Network.Number;

    public MacAddress Mac => DerivedMacs.Hairpin(Network.Number);

    /// <summary>
    /// The gateways, as on the bridge: whoever asks for its own published port is shown the same sender by both. The bridge has the route to
    /// link-local addresses.
    /// </summary>
    public IReadOnlyList<InterfaceAddress> Addresses => [new(Network.Gateway4, 32), new(NetworkView.Gateway6, 128)];

    public IEnumerable<RuleSpec> Rules => ((AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        .Select(f => new RuleSpec { Family = f, Priority = RulePriority, Table = Table, InputInterface = Network.Bridge });

    public static string NameOf(NetworkView network) => $"{network.Bridge}h";

    /// <summary>Whether a routing table is one network's.</summary>
    public static bool IsTable(uint table) => table > FirstTable && table != uint.MaxValue;

    /// <summary>Whether a link is one that Weft made as this.</summary>
    public static bool IsOurs(LinkInfo link) => link.Kind == "macvlan" && link.Alias?.StartsWith(AliasPrefix, StringComparison.Ordinal) == true;

    public bool Holds(Cidr block) => Network.Ranges.Any(r => r.Contains(block));

    public MacvlanSpec LinkSpec => new()
    {
        Name = Name,
        LowerIndex = Bridge,
        // It sends, and receives nothing: what a container sends to its MAC would pass by every rule that asks for the bridge.
        Mode = MacvlanMode.Source,
        Mac = Mac,
        Mtu = Network.Mtu,
        Alias = Alias,
        AddressGeneration = AddressGenerationMode.None,
        Up = true,
    };

    /// <param name="block">A block of this network and node.</param>
    /// <param name="link">Interface index of the link.</param>
    public RouteSpec Route(Cidr block, int link) =>
        new() { Destination = new IPNetwork(block.First, block.PrefixLength), LinkIndex = link, Table = Table };

    /// <summary>For an address of a block that lives on another node: not back to the bridge, but as the main table has it.</summary>
    public RouteSpec WayOut(Cidr address) =>
        new() { Destination = new IPNetwork(address.First, address.PrefixLength), Type = RouteType.Throw, Table = Table };
}
