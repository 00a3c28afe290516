using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// A value as it lies in nf_tables' registers: one field, or several, each padded with zeros to 4 bytes. <c>default</c> is no value.
/// Equal when the bytes are.
/// </summary>
public readonly struct NftValue : IEquatable<NftValue>, IComparable<NftValue>
{
    private readonly byte[]? _bytes;

    private NftValue(byte[] bytes) => _bytes = bytes;

    /// <summary>Its bytes, in the order of its type.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Number of bytes.</summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>Whether this is <c>default</c>.</summary>
    public bool IsNone => _bytes is null;

    /// <summary>A value of these bytes, copied.</summary>
    public static NftValue Raw(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    /// <summary>An IPv4 or IPv6 address.</summary>
    public static NftValue Address(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new(address.GetAddressBytes());
    }

    /// <summary>An IPv4 address, host byte order.</summary>
    public static NftValue Ipv4(uint address)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new(bytes);
    }

    /// <summary>An Ethernet address.</summary>
    public static NftValue Mac(PhysicalAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Mac(address.GetAddressBytes());
    }

    /// <summary>An Ethernet address of 6 bytes.</summary>
    public static NftValue Mac(ReadOnlySpan<byte> address) =>
        address.Length == 6 ? Raw(address) : throw new ArgumentException($"an Ethernet address has 6 bytes, not {address.Length}", nameof(address));

    /// <summary>An interface name, at most 15 bytes.</summary>
    public static NftValue Interface(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Encoding.UTF8.GetByteCount(name) > 15)
        {
            throw new ArgumentException($"the interface name {name} is longer than 15 bytes", nameof(name));
        }
        byte[] bytes = new byte[16];
        Encoding.UTF8.GetBytes(name, bytes);
        return new(bytes);
    }

    /// <summary>A port.</summary>
    public static NftValue Port(ushort port) => BigEndian(port);

    /// <summary>An EtherType.</summary>
    public static NftValue EtherType(ushort type) => BigEndian(type);

    /// <summary>A number of one byte, such as an IP protocol.</summary>
    public static NftValue Byte(byte value) => new([value]);

    /// <summary>An IP protocol number.</summary>
    public static NftValue Protocol(byte protocol) => Byte(protocol);

    /// <summary>16 bits, network byte order.</summary>
    public static NftValue BigEndian(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return new(bytes);
    }

    /// <summary>A mark, or another number of 4 bytes in host byte order.</summary>
    public static NftValue Mark(uint mark)
    {
        byte[] bytes = new byte[4];
        MemoryMarshal.Write(bytes, in mark);
        return new(bytes);
    }

    /// <summary>Several values after each other, each padded to 4 bytes: the value of a concatenation.</summary>
    public static NftValue Concat(params ReadOnlySpan<NftValue> parts)
    {
        int length = 0;
        foreach (NftValue part in parts)
        {
            length += (part.Length + 3) & ~3;
        }
        byte[] bytes = new byte[length];
        int position = 0;
        foreach (NftValue part in parts)
        {
            part.Bytes.CopyTo(bytes.AsSpan(position));
            position += (part.Length + 3) & ~3;
        }
        return new(bytes);
    }

    /// <summary>An address.</summary>
    public static implicit operator NftValue(IPAddress address) => Address(address);

    /// <summary>As the conversion.</summary>
    public static NftValue FromIPAddress(IPAddress address) => Address(address);

    /// <inheritdoc/>
    public static bool operator ==(NftValue left, NftValue right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(NftValue left, NftValue right) => !left.Equals(right);

    /// <summary>Bytewise, as big-endian numbers compare.</summary>
    public static bool operator <(NftValue left, NftValue right) => left.CompareTo(right) < 0;

    /// <summary>Bytewise, as big-endian numbers compare.</summary>
    public static bool operator >(NftValue left, NftValue right) => left.CompareTo(right) > 0;

    /// <summary>Bytewise, as big-endian numbers compare.</summary>
    public static bool operator <=(NftValue left, NftValue right) => left.CompareTo(right) <= 0;

    /// <summary>Bytewise, as big-endian numbers compare.</summary>
    public static bool operator >=(NftValue left, NftValue right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public bool Equals(NftValue other) => Bytes.SequenceEqual(other.Bytes) && IsNone == other.IsNone;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NftValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(NftValue other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>Hex; <see cref="NftType.Format"/> prints by type.</summary>
    public override string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>The next value of the same length as a big-endian number, or none when all bits are set.</summary>
    internal NftValue Next()
    {
        byte[] bytes = Bytes.ToArray();
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (++bytes[i] != 0)
            {
                return new(bytes);
            }
        }
        return default;
    }

    /// <summary>The value before, or none when all bits are zero.</summary>
    internal NftValue Previous()
    {
        byte[] bytes = Bytes.ToArray();
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes[i]-- != 0)
            {
                return new(bytes);
            }
        }
        return default;
    }
}
