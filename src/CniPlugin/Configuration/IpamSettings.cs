using System.Net;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Configuration;

/// <summary>What "ipam" says, as far as it means something to Weft.</summary>
internal sealed record IpamSettings
{
    public static readonly IpamSettings None = new();

    /// <summary>The network's ranges; empty: the Weft Network's own pools count.</summary>
    public IReadOnlyList<AddressRange> Ranges { get; init; } = [];

    /// <summary>Addresses of the static plugin.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Destinations of "routes", default ones among them; all lead to the network's gateway.</summary>
    public IReadOnlyList<IPNetwork> Routes { get; init; } = [];

    /// <summary>Whether it was written for a reference IPAM plugin, which gives no route that is not asked for.</summary>
    public bool IsOfReferencePlugin { get; init; }

    /// <summary>Whether it is host-local's.</summary>
    public bool IsHostLocal { get; init; }

    /// <summary>Whether it is the static plugin's: a container gets the addresses that it names and no others.</summary>
    public bool IsStatic { get; init; }

    public DnsSettings Dns { get; init; } = DnsSettings.None;
}
