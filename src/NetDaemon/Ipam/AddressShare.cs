using System.Net.Sockets;

namespace Weft.NetDaemon.Ipam;

/// <summary>One address of those that an interface gets. Not thread-safe.</summary>
/// <param name="family">Its family.</param>
/// <param name="pools">The pools that it may be from, in the order in which they are tried.</param>
/// <param name="wish">What is asked for, for this one alone.</param>
internal sealed class AddressShare(AddressFamily family, IReadOnlyList<PoolLayout> pools, AddressWish wish)
{
    public AddressFamily Family { get; } = family;

    public IReadOnlyList<PoolLayout> Pools { get; } = pools;

    public AddressWish Wish { get; } = wish;

    /// <summary>The address, once there is one.</summary>
    public AllocatedAddress? Given { get; set; }
}
