using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Netlink;

/// <summary>One received message, in the receiver's buffer: valid until the next receive.</summary>
public readonly ref struct NetlinkMessage
{
    /// <summary>Smallest message type that a family defines; those below are netlink's own (NLMSG_MIN_TYPE).</summary>
    internal const ushort FirstFamilyType = 0x10;

    internal const ushort ErrorType = 2;     // NLMSG_ERROR: also an acknowledgement, with error 0
    internal const ushort DoneType = 3;      // NLMSG_DONE
    internal const ushort OverrunType = 4;   // NLMSG_OVERRUN

    internal NetlinkMessage(NetlinkHeader header, ReadOnlySpan<byte> payload)
    {
        Type = header.Type;
        Flags = (NetlinkMessageFlags)header.Flags;
        Sequence = header.Sequence;
        PortId = header.PortId;
        Payload = payload;
    }

    /// <summary>nlmsg_type.</summary>
    public ushort Type { get; }

    /// <summary>nlmsg_flags.</summary>
    public NetlinkMessageFlags Flags { get; }

    /// <summary>nlmsg_seq: of the request that it answers; 0 for a notification of what others did.</summary>
    public uint Sequence { get; }

    /// <summary>nlmsg_pid: netlink port whose request caused it, 0 for the kernel itself.</summary>
    public uint PortId { get; }

    /// <summary>All after the netlink header.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The family header at the front of the payload.</summary>
    /// <exception cref="MalformedNetlinkException">The payload is shorter.</exception>
    public T Header<T>() where T : unmanaged => Payload.Length >= Unsafe.SizeOf<T>()
        ? MemoryMarshal.Read<T>(Payload)
        : throw new MalformedNetlinkException($"message {Type} has {Payload.Length} bytes where {Unsafe.SizeOf<T>()} belong");

    /// <summary>The attributes behind a family header of <paramref name="headerLength"/> bytes.</summary>
    /// <exception cref="MalformedNetlinkException">The payload is shorter than the header.</exception>
    public AttributeReader Attributes(int headerLength)
    {
        int padded = (headerLength + 3) & ~3;
        return Payload.Length >= headerLength
            ? new AttributeReader(padded >= Payload.Length ? [] : Payload[padded..])
            : throw new MalformedNetlinkException($"message {Type} has {Payload.Length} bytes where {headerLength} belong");
    }
}

/// <summary>Reads the messages of one datagram.</summary>
public ref struct NetlinkMessageReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads the messages that fill <paramref name="datagram"/>.</summary>
    public NetlinkMessageReader(ReadOnlySpan<byte> datagram) => _rest = datagram;

    /// <summary>The next message; false at the end.</summary>
    /// <exception cref="MalformedNetlinkException">A message claims more bytes than there are, or fewer than its header.</exception>
    public bool TryRead(out NetlinkMessage message)
    {
        if (_rest.IsEmpty)
        {
            message = default;
            return false;
        }
        if (_rest.Length < NetlinkHeader.Size)
        {
            throw new MalformedNetlinkException($"{_rest.Length} bytes are left where a message of at least 16 should start");
        }
        NetlinkHeader header = MemoryMarshal.Read<NetlinkHeader>(_rest);
        if (header.Length < NetlinkHeader.Size || header.Length > (uint)_rest.Length)
        {
            throw new MalformedNetlinkException($"message {header.Type} claims {header.Length} bytes of {_rest.Length}");
        }
        int length = (int)header.Length;
        message = new NetlinkMessage(header, _rest[NetlinkHeader.Size..length]);
        int padded = (length + 3) & ~3;
        _rest = padded >= _rest.Length ? [] : _rest[padded..];
        return true;
    }
}
