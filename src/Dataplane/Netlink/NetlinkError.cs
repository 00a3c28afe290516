using System.Runtime.InteropServices;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Netlink;

/// <summary>struct nlmsgerr with its extended acknowledgement (linux/netlink.h).</summary>
internal readonly struct NetlinkError
{
    private const ushort MessageAttribute = 1;   // NLMSGERR_ATTR_MSG
    private const ushort OffsetAttribute = 2;    // NLMSGERR_ATTR_OFFS

    private NetlinkError(Errno errno, string? text, int? offset)
    {
        Errno = errno;
        Text = text;
        Offset = offset;
    }

    public Errno Errno { get; }

    public string? Text { get; }

    public int? Offset { get; }

    /// <summary>Reads an NLMSG_ERROR or NLMSG_DONE.</summary>
    /// <returns>Whether it says that something failed; false for an acknowledgement or a good end.</returns>
    public static bool TryRead(in NetlinkMessage message, out NetlinkError error)
    {
        if (message.Payload.Length < sizeof(int))
        {
            error = default;
            return message.Type == NetlinkMessage.DoneType
                ? false      // old families end a dump with no number
                : throw new MalformedNetlinkException($"an error message of {message.Payload.Length} bytes has no error number");
        }
        int number = MemoryMarshal.Read<int>(message.Payload);
        if (number >= 0)
        {
            error = default;
            return false;
        }
        string? text = null;
        int? offset = null;
        if (message.Flags.HasFlag(NetlinkMessageFlags.AckAttributes))
        {
            AttributeReader attributes = new(AfterRequest(message));
            while (attributes.TryRead(out NetlinkAttribute attribute))
            {
                switch (attribute.Type)
                {
                    case MessageAttribute:
                        text = attribute.String;
                        break;
                    case OffsetAttribute:
                        offset = (int)attribute.UInt32;
                        break;
                }
            }
        }
        error = new NetlinkError((Errno)(-number), text, offset);
        return true;
    }

    public NetlinkException ToException(string operation, int index) =>
        new() { Operation = operation, Errno = Errno, KernelMessage = Text, Offset = Offset, MessageIndex = index };

    /// <summary>What follows the number and the request's header, or, unless capped, the whole request.</summary>
    private static ReadOnlySpan<byte> AfterRequest(in NetlinkMessage message)
    {
        ReadOnlySpan<byte> rest = message.Payload[sizeof(int)..];
        if (message.Type == NetlinkMessage.DoneType)
        {
            return rest;
        }
        int skip = NetlinkHeader.Size;
        if (rest.Length >= NetlinkHeader.Size && !message.Flags.HasFlag(NetlinkMessageFlags.Capped))
        {
            uint length = MemoryMarshal.Read<NetlinkHeader>(rest).Length;
            skip = (int)Math.Min((length + 3) & ~3u, int.MaxValue);
        }
        return rest.Length >= skip
            ? rest[skip..]
            : throw new MalformedNetlinkException($"an error message has {rest.Length} bytes where the request's {skip} belong");
    }
}
