using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weft.Manifests.Addresses;

/// <summary>An aligned range of IPv4 or IPv6 addresses. <c>default</c> means "no range" and contains nothing.</summary>
public readonly record struct Cidr : IComparable<Cidr>
{
    private Cidr(AddressFamily family, UInt128 network, int prefixLength) =>
        (Family, Network, PrefixLength) = (family, network, prefixLength);

    /// <summary>InterNetwork, InterNetworkV6, or 0 in <c>default</c>.</summary>
    public AddressFamily Family { get; }

    /// <summary>First address as a number, host byte order; the bits below the prefix are zero.</summary>
    public UInt128 Network { get; }

    /// <summary>Mask length in bits: 0 to 32 or 0 to 128.</summary>
    public int PrefixLength { get; }

    /// <summary>Bits of an address of this family: 32 or 128.</summary>
    public int Width => WidthOf(Family);

    /// <summary>Distance from the first address to the last: the number of addresses less one, so that ::/0 fits.</summary>
    public UInt128 LastOffset => HostMask(Family, PrefixLength);

    public IPAddress First => AddressNumber.ToAddress(Family, Network);

    public IPAddress Last => AddressNumber.ToAddress(Family, Network + LastOffset);

    /// <exception cref="ArgumentException">The address has bits below the prefix, or no such prefix length exists.</exception>
    public static Cidr Create(IPAddress network, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Create(network.AddressFamily, AddressNumber.Of(network), prefixLength);
    }

    /// <exception cref="ArgumentException">The number has bits below the prefix, or no such prefix length exists.</exception>
    public static Cidr Create(AddressFamily family, UInt128 network, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, WidthOf(family));
        return (network & HostMask(family, prefixLength)) == 0
            ? new Cidr(family, network, prefixLength)
            : throw new ArgumentException($"{AddressNumber.ToAddress(family, network)} is not on a /{prefixLength} boundary", nameof(network));
    }

    /// <summary>The range of that length which holds the address.</summary>
    public static Cidr Containing(IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        AddressFamily family = address.AddressFamily;
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, WidthOf(family));
        return new Cidr(family, AddressNumber.Of(address) & ~HostMask(family, prefixLength), prefixLength);
    }

    /// <summary>Reads "10.0.0.0/8" or "fd00::/64". IPv4 must be four decimal numbers: "10.1/16" and "010.0.0.0/8" mean different things to different programs.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Cidr cidr)
    {
        cidr = default;
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0
            || !AddressNumber.TryParse(text.AsSpan(0, slash), out IPAddress? address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            || text!.Length - slash - 1 != length.ToString(CultureInfo.InvariantCulture).Length
            || length > WidthOf(address.AddressFamily)
            || (AddressNumber.Of(address) & HostMask(address.AddressFamily, length)) != 0)
        {
            return false;
        }
        cidr = new Cidr(address.AddressFamily, AddressNumber.Of(address), length);
        return true;
    }

    /// <exception cref="FormatException">The text is no prefix, or has bits below its length.</exception>
    public static Cidr Parse(string text) =>
        TryParse(text, out Cidr cidr) ? cidr : throw new FormatException($"\"{text}\" is not a prefix such as 10.0.0.0/16 or fd00::/64");

    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.AddressFamily == Family && AddressNumber.Of(address) - Network <= LastOffset;
    }

    public bool Contains(Cidr other) =>
        Family != default && other.Family == Family && other.PrefixLength >= PrefixLength && other.Network - Network <= LastOffset;

    public bool Overlaps(Cidr other) => Contains(other) || other.Contains(this);

    /// <summary>The address at a distance from the first one.</summary>
    public IPAddress AddressAt(UInt128 offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, LastOffset);
        return AddressNumber.ToAddress(Family, Network + offset);
    }

    /// <summary>Distance of an address from the first one.</summary>
    public UInt128 OffsetOf(IPAddress address) =>
        Contains(address) ? AddressNumber.Of(address) - Network : throw new ArgumentOutOfRangeException(nameof(address), address, $"not in {this}");

    /// <summary>The n-th of the equal parts of that prefix length, counted from 0.</summary>
    public Cidr Part(UInt128 index, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prefixLength, PrefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, Width);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, LastPartIndex(prefixLength));
        // A shift by all 128 bits would be none at all: then there is one part only, index 0.
        int shift = Width - prefixLength;
        return new Cidr(Family, shift == 128 ? Network : Network + (index << shift), prefixLength);
    }

    /// <summary>Index of the last of the equal parts of that prefix length: their number less one.</summary>
    public UInt128 LastPartIndex(int prefixLength) => prefixLength == 0 ? 0 : LastOffset >> (Width - prefixLength);

    /// <summary>By family, address and length: IPv4 first.</summary>
    public int CompareTo(Cidr other) =>
        Family != other.Family ? ((int)Family).CompareTo((int)other.Family)
        : Network != other.Network ? Network.CompareTo(other.Network)
        : PrefixLength.CompareTo(other.PrefixLength);

    /// <summary>Canonical text: "10.0.0.0/26", "fd00::/64" (RFC 5952); "none" for <c>default</c>.</summary>
    public override string ToString() => Family == default ? "none" : $"{First}/{PrefixLength}";

    private static int WidthOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => 32,
        AddressFamily.InterNetworkV6 => 128,
        _ => throw new ArgumentException($"{family} is neither IPv4 nor IPv6", nameof(family)),
    };

    private static UInt128 HostMask(AddressFamily family, int prefixLength)
    {
        int bits = WidthOf(family) - prefixLength;
        return bits == 0 ? 0 : UInt128.MaxValue >> (128 - bits);
    }
}
