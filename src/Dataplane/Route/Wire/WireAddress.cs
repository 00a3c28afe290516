using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>IP and Ethernet addresses in messages: network byte order, the family given by the message's header.</summary>
internal static class WireAddress
{
    public const byte Inet = 2;        // AF_INET
    public const byte Inet6 = 10;      // AF_INET6
    public const byte Bridge = 7;      // AF_BRIDGE

    public static byte FamilyOf(IPAddress address) => FamilyOf(address.AddressFamily);

    public static byte FamilyOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => Inet,
        AddressFamily.InterNetworkV6 => Inet6,
        AddressFamily.Unspecified => 0,
        _ => throw new ArgumentException($"{family} is neither IPv4 nor IPv6", nameof(family)),
    };

    public static AddressFamily FromWire(byte family) => family switch
    {
        Inet => AddressFamily.InterNetwork,
        Inet6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };

    /// <summary>The all-zero address: where a default route leads.</summary>
    public static IPAddress Any(byte family) => family == Inet6 ? IPAddress.IPv6Any : IPAddress.Any;

    public static void Write(ref NetlinkWriter writer, ushort type, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        writer.WriteBytes(type, bytes[..length]);
    }

    public static void Write(ref NetlinkWriter writer, ushort type, MacAddress address)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Length];
        address.CopyTo(bytes);
        writer.WriteBytes(type, bytes);
    }

    public static IPAddress ReadAddress(in NetlinkAttribute attribute) => ReadAddress(attribute.Type, attribute.Value);

    public static IPAddress ReadAddress(ushort type, ReadOnlySpan<byte> value) => value.Length is 4 or 16
        ? new IPAddress(value)
        : throw new MalformedNetlinkException($"attribute {type} has {value.Length} bytes where an IP address belongs");

    /// <summary>The Ethernet address, or null when the link has addresses of another kind or none.</summary>
    public static MacAddress? ReadMac(in NetlinkAttribute attribute) =>
        attribute.Value.Length == MacAddress.Length ? new MacAddress(attribute.Value) : null;

    /// <summary>A prefix; what lies below it is cleared.</summary>
    /// <exception cref="MalformedNetlinkException">The prefix is longer than the address.</exception>
    public static IPNetwork ReadNetwork(byte family, ushort type, ReadOnlySpan<byte> value, int prefixLength)
    {
        int size = family == Inet6 ? 16 : 4;
        if ((value.Length != size && !value.IsEmpty) || prefixLength > size * 8)
        {
            throw new MalformedNetlinkException(
                $"attribute {type} has {value.Length} bytes for a prefix of {prefixLength} bits, family {family}");
        }
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..size];
        bytes.Clear();
        value.CopyTo(bytes);
        for (int i = 0; i < size; i++)
        {
            int kept = Math.Clamp(prefixLength - (8 * i), 0, 8);
            bytes[i] &= (byte)(0xff00 >> kept);
        }
        return new IPNetwork(new IPAddress(bytes), prefixLength);
    }
}
