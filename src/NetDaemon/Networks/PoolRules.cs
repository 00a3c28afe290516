using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Networks;

/// <summary>Which ranges and block sizes a person may give to a pool, with sentences that say what to write instead.</summary>
internal static class PoolRules
{
    // Claiming looks for a free block; more IPv4 blocks than this is a slip of the pen (a /8 cut into /30).
    private const int MaximumBlockNumberBits = 20;

    private const int ShortestPrefix = 8;

    // What containers can never have: RFC 6890, RFC 5771, RFC 4291.
    private static readonly (Cidr Range, string Use)[] Unusable =
    [
        (Cidr.Parse("0.0.0.0/8"), "\"this network\""),
        (Cidr.Parse("127.0.0.0/8"), "loopback"),
        (Cidr.Parse("169.254.0.0/16"), "link-local, where Weft has its gateways"),
        (Cidr.Parse("224.0.0.0/3"), "multicast and reserved"),
        (Cidr.Parse("::/8"), "unspecified, loopback and IPv4-mapped"),
        (Cidr.Parse("fe80::/10"), "link-local"),
        (Cidr.Parse("ff00::/8"), "multicast"),
    ];

    /// <summary>Reads a range and checks that a pool may have it.</summary>
    /// <param name="problem">What is wrong and what to write; the text itself is for the caller to quote in front. Empty on success.</param>
    public static bool TryParseRange(string text, out Cidr range, out string problem)
    {
        problem = TryParse(text, out range, out string unreadable) ? CheckRange(range) ?? "" : unreadable;
        return problem.Length == 0;
    }

    /// <summary>What is wrong with a block size for a pool of that range, or null.</summary>
    public static string? CheckBlockSize(Cidr range, uint blockSize)
    {
        int low = Math.Max(range.PrefixLength, range.Width - PoolLayout.MaximumBlockBits);
        int high = range.Family == AddressFamily.InterNetwork ? Math.Min(range.Width, range.PrefixLength + MaximumBlockNumberBits) : range.Width;
        return blockSize < low || blockSize > high
            ? $"a block of {range} can be a /{low} to a /{high}, not a /{blockSize}"
            : null;
    }

    /// <summary>The default block size, or the whole pool as one block when it is smaller than that.</summary>
    public static uint FittingBlockSize(Cidr range) => (uint)Math.Max(
        range.PrefixLength, range.Family == AddressFamily.InterNetwork ? PoolLayout.DefaultBlockSize4 : PoolLayout.DefaultBlockSize6);

    private static bool TryParse(string text, out Cidr range, out string problem)
    {
        range = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!AddressNumber.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out IPAddress? address) || address.IsIPv4MappedToIPv6)
        {
            problem = "is not an address range; write one such as 10.83.0.0/16 or fd00:1::/56";
            return false;
        }
        int width = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0)
        {
            problem = $"has no prefix length; write one such as {(width == 32 ? "10.83.0.0/16" : "fd00:1::/56")}";
            return false;
        }
        ReadOnlySpan<char> lengthText = text.AsSpan(slash + 1);
        if (!int.TryParse(lengthText, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > width
            || (lengthText.Length > 1 && lengthText[0] == '0'))
        {
            problem = $"has no prefix length of 0 to {width} after the slash";
            return false;
        }
        range = Cidr.Containing(address, length);
        problem = range.First.Equals(address) ? "" : $"has bits set beyond its prefix; write {range}";
        return problem.Length == 0;
    }

    private static string? CheckRange(Cidr range)
    {
        string example = range.Width == 32 ? "10.83.0.0/16" : "fd00:1::/56";
        foreach ((Cidr unusable, string use) in Unusable)
        {
            if (range.Overlaps(unusable))
            {
                return $"overlaps {unusable} ({use}); choose a range such as {example}";
            }
        }
        return range.PrefixLength < ShortestPrefix || range.PrefixLength > range.Width - 2
            ? $"is not a /{ShortestPrefix} to a /{range.Width - 2}; choose a range such as {example}"
            : null;
    }
}
