using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Dataplane.Netlink;

/// <summary>One attribute of a received message: struct nlattr and its value, in the receiver's buffer.</summary>
public readonly ref struct NetlinkAttribute
{
    internal const int HeaderSize = 4;
    internal const ushort NestedFlag = 0x8000;      // NLA_F_NESTED
    internal const ushort TypeMask = 0x3fff;        // NLA_TYPE_MASK: without NLA_F_NESTED and NLA_F_NET_BYTEORDER

    internal NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
    {
        Type = type;
        Value = value;
    }

    /// <summary>The attribute's number, without its flag bits.</summary>
    public ushort Type { get; }

    /// <summary>The value's bytes, padding excluded.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>One byte.</summary>
    /// <exception cref="MalformedNetlinkException">The value is shorter. (Likewise for the other sizes.)</exception>
    public byte Byte => Exactly(1)[0];

    /// <summary>16 bits, host byte order.</summary>
    public ushort UInt16 => MemoryMarshal.Read<ushort>(Exactly(2));

    /// <summary>16 bits, network byte order.</summary>
    public ushort UInt16BigEndian => BinaryPrimitives.ReadUInt16BigEndian(Exactly(2));

    /// <summary>32 bits, host byte order.</summary>
    public uint UInt32 => MemoryMarshal.Read<uint>(Exactly(4));

    /// <summary>32 bits, signed, host byte order.</summary>
    public int Int32 => MemoryMarshal.Read<int>(Exactly(4));

    /// <summary>32 bits, network byte order.</summary>
    public uint UInt32BigEndian => BinaryPrimitives.ReadUInt32BigEndian(Exactly(4));

    /// <summary>64 bits, host byte order.</summary>
    public ulong UInt64 => MemoryMarshal.Read<ulong>(Exactly(8));

    /// <summary>64 bits, network byte order.</summary>
    public ulong UInt64BigEndian => BinaryPrimitives.ReadUInt64BigEndian(Exactly(8));

    /// <summary>UTF-8 text up to the first zero byte or the end.</summary>
    public string String
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>The attributes within this one.</summary>
    public AttributeReader Nested => new(Value);

    /// <summary>A structure in the host's layout; a longer value (of a newer kernel) is read in part.</summary>
    /// <exception cref="MalformedNetlinkException">The value is shorter than the structure.</exception>
    public T Struct<T>() where T : unmanaged => MemoryMarshal.Read<T>(Exactly(Unsafe.SizeOf<T>()));

    private ReadOnlySpan<byte> Exactly(int length) => Value.Length >= length
        ? Value
        : throw new MalformedNetlinkException($"attribute {Type} has {Value.Length} bytes where {length} belong");
}
