using System.Net;
using Weft.CniPlugin.Tuning;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Configuration;

/// <summary>What an ADD asks for beyond an interface: who the endpoint is, and what it wants.</summary>
internal sealed record AttachmentWishes
{
    /// <summary>Wanted MAC, or null: any.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Wanted addresses; empty: any.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The wanted addresses and no others.</summary>
    public bool Exact { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    /// <summary>Null: unlimited.</summary>
    public Bandwidth? Bandwidth { get; init; }

    /// <summary>An address from one range of each list; empty: from any pool.</summary>
    public IReadOnlyList<AddressRange> Ranges { get; init; } = [];

    /// <summary>What the configuration says of its network, or null: nothing.</summary>
    public NetworkTemplate? Template { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>May be empty.</summary>
    public string CgroupPath { get; init; } = "";

    public RouteWishes Routes { get; init; } = RouteWishes.Usual;

    /// <summary>For the result.</summary>
    public DnsSettings Dns { get; init; } = DnsSettings.None;

    /// <summary>Largest MTU of the interface in bytes; 0: the network's.</summary>
    public int Mtu { get; init; }

    public TuningSettings Tuning { get; init; } = TuningSettings.None;
}
