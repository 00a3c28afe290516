using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Weft.Manifests.Addresses;

/// <summary>Addresses as numbers in host byte order, and their text without the forms that programs read differently.</summary>
public static class AddressNumber
{
    /// <summary>The address as a number, host byte order. IPv4 uses the low 32 bits.</summary>
    public static UInt128 Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The inverse of <see cref="Of"/>.</summary>
    public static IPAddress ToAddress(AddressFamily family, UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, checked((uint)number));
            return new IPAddress(bytes[..4]);
        }
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(bytes);
    }

    /// <summary>Reads four decimal numbers or an IPv6 address without zone or brackets.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        // IPAddress reads "10.1", "0x0a000001", "[::1]" and "fe80::1%3" too.
        if (text.ContainsAny("%[]") || !IPAddress.TryParse(text, out address)
            || (address.AddressFamily == AddressFamily.InterNetwork && !text.SequenceEqual(address.ToString())))
        {
            address = null;
            return false;
        }
        return true;
    }
}
