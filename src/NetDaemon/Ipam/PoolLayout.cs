using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;

namespace Weft.NetDaemon.Ipam;

/// <summary>A pool's range and how it is cut into blocks, checked.</summary>
internal sealed record PoolLayout
{
    /// <summary>Prefix length of a block where the pool names none: 64 addresses each.</summary>
    public const int DefaultBlockSize4 = 26;

    /// <inheritdoc cref="DefaultBlockSize4"/>
    public const int DefaultBlockSize6 = 122;

    /// <summary>Most bits that a block may leave for addresses: a block's state is kept in memory, address by address.</summary>
    public const int MaximumBlockBits = 12;

    private PoolLayout(string name, string network, Cidr cidr, int blockSize) =>
        (Name, Network, Cidr, BlockSize) = (name, network, cidr, blockSize);

    public string Name { get; }

    /// <summary>The Weft Network that it belongs to.</summary>
    public string Network { get; }

    public Cidr Cidr { get; }

    /// <summary>Prefix length of a block, in bits.</summary>
    public int BlockSize { get; }

    public AddressFamily Family => Cidr.Family;

    /// <summary>Whether no container may have the address: IPv4's network and broadcast address (some hosts still refuse them
    /// as a peer), IPv6's subnet-router anycast address (RFC 4291 section 2.6.1).</summary>
    public bool IsReserved(IPAddress address) =>
        Cidr.Contains(address)
        && (Cidr.OffsetOf(address) == 0 || (Family == AddressFamily.InterNetwork && Cidr.OffsetOf(address) == Cidr.LastOffset));

    /// <summary>Addresses that containers may have, over all blocks.</summary>
    public UInt128 Usable => Cidr.LastOffset + 1 - (Family == AddressFamily.InterNetwork ? 2u : 1u);

    /// <summary>Checks a pool's cidr and block size; reports everything wrong with them at once.</summary>
    /// <param name="pool">As written by a user or read from the store. A block size of 0 takes the default, or the pool's own length where that is longer.</param>
    /// <param name="layout">The layout, when the result is true.</param>
    /// <param name="problems">One sentence for each thing wrong, starting with the field's name.</param>
    public static bool TryCreate(Pool pool, [NotNullWhen(true)] out PoolLayout? layout, out IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(pool);
        List<string> found = [];
        problems = found;
        layout = null;
        if (!Cidr.TryParse(pool.Cidr, out Cidr cidr))
        {
            found.Add($"cidr: \"{pool.Cidr}\" is not a prefix such as 10.88.0.0/16 or fd00:88::/64 with all bits below its length zero");
            return false;
        }
        int width = cidr.Width;
        int blockSize = pool.BlockSize != 0
            ? (int)Math.Min(pool.BlockSize, int.MaxValue)
            : Math.Max(cidr.PrefixLength, width == 32 ? DefaultBlockSize4 : DefaultBlockSize6);
        if (cidr.PrefixLength < 8 || cidr.PrefixLength > width - 2)
        {
            found.Add($"cidr: {cidr} has a length of /{cidr.PrefixLength}; a pool is /8 to /{width - 2}");
        }
        if (blockSize < cidr.PrefixLength || blockSize > width)
        {
            found.Add($"blockSize: /{blockSize} is not between the pool's /{cidr.PrefixLength} and /{width}");
        }
        else if (width - blockSize > MaximumBlockBits)
        {
            found.Add($"blockSize: /{blockSize} makes blocks of more than {1 << MaximumBlockBits} addresses; use /{width - MaximumBlockBits} or longer");
        }
        if (found.Count > 0)
        {
            return false;
        }
        layout = new PoolLayout(pool.Name, pool.Network, cidr, blockSize);
        return true;
    }
}
