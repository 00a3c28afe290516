using System.Net;

namespace Weft.CniPlugin.Results;

/// <param name="Destination">First address of the destination.</param>
/// <param name="PrefixLength">Bits.</param>
/// <param name="Gateway">Next hop, or null: the gateway of the address, as the specification says.</param>
internal sealed record ResultRoute(IPAddress Destination, int PrefixLength, IPAddress? Gateway)
{
    /// <summary>Bytes; null: not said. As all of the following, only in 1.1.0 and newer.</summary>
    public uint? Mtu { get; init; }

    /// <summary>Bytes; null: not said.</summary>
    public uint? AdvertisedMss { get; init; }

    /// <summary>The metric; null: not said.</summary>
    public uint? Priority { get; init; }

    /// <summary>The routing table; null: not said.</summary>
    public uint? Table { get; init; }

    /// <summary>rtnetlink(7)'s rtm_scope; null: not said.</summary>
    public uint? Scope { get; init; }
}
