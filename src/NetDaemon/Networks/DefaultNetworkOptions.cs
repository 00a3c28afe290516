namespace Weft.NetDaemon.Networks;

/// <summary>What the network of the first start looks like.</summary>
/// <param name="Enabled">False: none is made.</param>
/// <param name="IPv4">Range of its IPv4 pool, or null: no IPv4.</param>
/// <param name="IPv6">Range of its IPv6 pool, or null: see <paramref name="RandomIPv6"/>.</param>
/// <param name="RandomIPv6">Without <paramref name="IPv6"/>: draw a random /56 (true) or do without IPv6 (false).</param>
internal sealed record DefaultNetworkOptions(bool Enabled, Cidr? IPv4, Cidr? IPv6, bool RandomIPv6)
{
    /// <summary>10.83.0.0/16 and a random IPv6 range.</summary>
    public static DefaultNetworkOptions Standard { get; } = new(true, Cidr.Parse("10.83.0.0/16"), null, true);

    public static DefaultNetworkOptions None { get; } = new(false, null, null, false);
}
