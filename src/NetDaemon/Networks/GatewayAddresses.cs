using System.Net;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// The gateway of each network: link-local addresses that are the same on every node, so that a workload can move. One per network,
/// because a container on two networks refuses the same gateway twice.
/// </summary>
internal static class GatewayAddresses
{
    /// <summary>Highest network number that has a gateway address.</summary>
    public const uint MaximumNumber = (252 * HostsPerBlock) - 1;

    /// <summary>The IPv6 gateway of every network; link-local, so bridges may share it.</summary>
    public static readonly IPAddress IPv6 = IPAddress.Parse("fe80::1");

    // .0 and .255 of each /24 are left out: too many programs take them for a network and a broadcast address.
    private const uint HostsPerBlock = 254;

    // 169.254.20.10 is NodeLocal DNSCache of Kubernetes.
    private const uint NodeLocalDns = (19 * HostsPerBlock) + 9;

    /// <summary>
    /// The IPv4 gateway of network <paramref name="number"/>: 169.254.1.1 for 1, on through 169.254.2.1 and so forth. Never in
    /// 169.254.169.0/24 or 169.254.170.0/24, where clouds answer with instance metadata and credentials, never 169.254.20.10, and
    /// never in the first or last 256 addresses (RFC 3927 section 2.1).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is 0 or above <see cref="MaximumNumber"/>.</exception>
    public static IPAddress ForNetwork(uint number)
    {
        ArgumentOutOfRangeException.ThrowIfZero(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MaximumNumber);
        uint position = number - 1;
        if (position >= NodeLocalDns)
        {
            position++;
        }
        uint third = 1 + (position / HostsPerBlock);
        if (third >= 169)
        {
            third += 2;
        }
        return new IPAddress([169, 254, (byte)third, (byte)(1 + (position % HostsPerBlock))]);
    }
}
