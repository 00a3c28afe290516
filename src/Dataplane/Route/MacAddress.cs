using System.Buffers.Binary;
using System.Globalization;

namespace Weft.Dataplane.Route;

/// <summary>An Ethernet address, 48 bits. <c>default</c> is 00:00:00:00:00:00, which no interface has.</summary>
public readonly struct MacAddress : IEquatable<MacAddress>
{
    /// <summary>Bytes of an Ethernet address.</summary>
    public const int Length = 6;

    private readonly ulong _bits;       // first byte on the wire in bits 47 to 40

    /// <summary>An address from its 6 bytes in wire order.</summary>
    /// <exception cref="ArgumentException">They are not 6.</exception>
    public MacAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"an Ethernet address has 6 bytes, not {bytes.Length}", nameof(bytes));
        }
        _bits = ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
    }

    /// <summary>The address as a number: the first byte on the wire is the highest of 48 bits.</summary>
    public ulong Value => _bits;

    /// <summary>Whether it addresses a group: the lowest bit of the first byte. No interface may have such an address.</summary>
    public bool IsMulticast => (_bits & 0x0100_0000_0000) != 0;

    /// <summary>Reads "02:57:00:00:00:01", also with dashes, or as "0257.0000.0001".</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static MacAddress Parse(ReadOnlySpan<char> text) => TryParse(text, out MacAddress address)
        ? address
        : throw new FormatException($"'{text}' is not an Ethernet address such as 02:57:00:00:00:01");

    /// <summary>Reads "02:57:00:00:00:01", also with dashes, or as "0257.0000.0001"; false when it is no such text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        bool inPairs = text.Length == 17;
        if (!inPairs && text.Length != 14)
        {
            return false;
        }
        Span<byte> bytes = stackalloc byte[Length];
        int at = 0;
        for (int i = 0; i < Length; i++)
        {
            if (i > 0 && (inPairs || i % 2 == 0))
            {
                char separator = text[at++];
                if (inPairs ? separator is not (':' or '-') : separator != '.')
                {
                    return false;
                }
            }
            if (!byte.TryParse(text.Slice(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return false;
            }
            at += 2;
        }
        address = new MacAddress(bytes);
        return true;
    }

    /// <summary>Writes the 6 bytes in wire order.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(_bits >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..], (uint)_bits);
    }

    /// <summary>The 6 bytes in wire order.</summary>
    public byte[] ToByteArray()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>"02:57:00:00:00:01".</summary>
    public override string ToString() => string.Create(17, _bits, static (text, bits) =>
    {
        for (int i = 0; i < Length; i++)
        {
            int value = (int)(bits >> (40 - (8 * i))) & 0xff;
            text[i * 3] = Digit(value >> 4);
            text[(i * 3) + 1] = Digit(value & 15);
            if (i < Length - 1)
            {
                text[(i * 3) + 2] = ':';
            }
        }
    });

    /// <inheritdoc/>
    public bool Equals(MacAddress other) => _bits == other._bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bits.GetHashCode();

    /// <summary>Whether both are the same address.</summary>
    public static bool operator ==(MacAddress left, MacAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(MacAddress left, MacAddress right) => !left.Equals(right);

    private static char Digit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);
}
