using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Netlink;

/// <summary>
/// Writes one netlink message into the caller's buffer: header, family header, attributes. Numbers are in host byte order
/// unless the method says otherwise; nf_tables wants big-endian, rtnetlink host order. Every write is checked against the
/// buffer's end.
/// </summary>
public ref struct NetlinkWriter
{
    private readonly Span<byte> _buffer;
    private int _position;

    /// <summary>Starts a message: its 16-byte header is written; the sequence number is left to the socket.</summary>
    /// <param name="buffer">Room for the whole message.</param>
    /// <param name="type">nlmsg_type.</param>
    /// <param name="flags">nlmsg_flags; NLM_F_REQUEST is added.</param>
    public NetlinkWriter(Span<byte> buffer, ushort type, NetlinkMessageFlags flags)
    {
        _buffer = buffer;
        var header = new NetlinkHeader { Type = type, Flags = (ushort)(flags | NetlinkMessageFlags.Request) };
        MemoryMarshal.Write(Take(NetlinkHeader.Size), in header);
    }

    /// <summary>Bytes written, header included.</summary>
    public readonly int Length => _position;

    /// <summary>Writes a family header such as struct ifinfomsg, padded to 4 bytes.</summary>
    public void WriteHeader<T>(in T header) where T : unmanaged => MemoryMarshal.Write(Take(Unsafe.SizeOf<T>()), in header);

    /// <summary>Writes an attribute without a value: a flag.</summary>
    public void WriteFlag(ushort type) => Attribute(type, 0);

    /// <summary>Writes an attribute of one byte.</summary>
    public void WriteByte(ushort type, byte value) => Attribute(type, 1)[0] = value;

    /// <summary>Writes a 16-bit attribute in host byte order.</summary>
    public void WriteUInt16(ushort type, ushort value) => MemoryMarshal.Write(Attribute(type, 2), in value);

    /// <summary>Writes a 16-bit attribute in network byte order.</summary>
    public void WriteUInt16BigEndian(ushort type, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Attribute(type, 2), value);

    /// <summary>Writes a 32-bit attribute in host byte order.</summary>
    public void WriteUInt32(ushort type, uint value) => MemoryMarshal.Write(Attribute(type, 4), in value);

    /// <summary>Writes a 32-bit attribute in host byte order.</summary>
    public void WriteInt32(ushort type, int value) => MemoryMarshal.Write(Attribute(type, 4), in value);

    /// <summary>Writes a 32-bit attribute in network byte order.</summary>
    public void WriteUInt32BigEndian(ushort type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Attribute(type, 4), value);

    /// <summary>Writes a 64-bit attribute in host byte order.</summary>
    public void WriteUInt64(ushort type, ulong value) => MemoryMarshal.Write(Attribute(type, 8), in value);

    /// <summary>Writes a 64-bit attribute in network byte order.</summary>
    public void WriteUInt64BigEndian(ushort type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Attribute(type, 8), value);

    /// <summary>Writes an attribute of raw bytes, such as an address in network byte order.</summary>
    public void WriteBytes(ushort type, scoped ReadOnlySpan<byte> value) => value.CopyTo(Attribute(type, value.Length));

    /// <summary>Writes a structure in the host's layout.</summary>
    public void WriteStruct<T>(ushort type, in T value) where T : unmanaged =>
        MemoryMarshal.Write(Attribute(type, Unsafe.SizeOf<T>()), in value);

    /// <summary>Writes a UTF-8 string with its final zero byte.</summary>
    public void WriteString(ushort type, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Span<byte> room = Attribute(type, Encoding.UTF8.GetByteCount(value) + 1);
        room[Encoding.UTF8.GetBytes(value, room)] = 0;
    }

    /// <summary>Starts an attribute that holds attributes; end it with <see cref="EndNested"/>.</summary>
    /// <param name="type">The attribute's number.</param>
    /// <param name="flagged">Whether to set NLA_F_NESTED, which strictly checking families want and older rtnetlink ones ignore.</param>
    public NestedAttribute BeginNested(ushort type, bool flagged = true)
    {
        int start = _position;
        Attribute((ushort)(flagged ? type | NetlinkAttribute.NestedFlag : type), 0);
        return new NestedAttribute(start);
    }

    /// <summary>Ends the nested attribute: its length now covers all that was written since.</summary>
    /// <exception cref="MalformedNetlinkException">It is longer than an attribute can be (65,535 bytes).</exception>
    public readonly void EndNested(NestedAttribute nested)
    {
        int length = _position - nested.Start;
        if (length > ushort.MaxValue)
        {
            throw new MalformedNetlinkException($"a nested attribute of {length} bytes is longer than the 65535 that netlink allows");
        }
        ushort value = (ushort)length;
        MemoryMarshal.Write(_buffer[nested.Start..], in value);
    }

    /// <summary>Writes the message's length into its header and returns it, padded to 4 bytes.</summary>
    public readonly int Finish()
    {
        uint length = (uint)_position;
        MemoryMarshal.Write(_buffer, in length);
        return _position;
    }

    private Span<byte> Attribute(ushort type, int valueLength)
    {
        int length = NetlinkAttribute.HeaderSize + valueLength;
        if (length > ushort.MaxValue)
        {
            throw new MalformedNetlinkException($"attribute {type} with {valueLength} bytes is longer than netlink allows");
        }
        Span<byte> room = Take(length);
        ushort shortLength = (ushort)length;
        MemoryMarshal.Write(room, in shortLength);
        MemoryMarshal.Write(room[2..], in type);
        return room[NetlinkAttribute.HeaderSize..];
    }

    /// <summary>The next <paramref name="length"/> bytes; what pads them to 4 is zeroed.</summary>
    private Span<byte> Take(int length)
    {
        int padded = (length + 3) & ~3;
        if (padded > _buffer.Length - _position)
        {
            throw new MalformedNetlinkException($"a netlink message needs more than the {_buffer.Length} bytes it was given");
        }
        Span<byte> room = _buffer.Slice(_position, padded);
        room[length..].Clear();
        _position += padded;
        return room[..length];
    }
}

/// <summary>Where a nested attribute began: the token that ends it.</summary>
public readonly struct NestedAttribute
{
    internal NestedAttribute(int start) => Start = start;

    internal int Start { get; }
}
