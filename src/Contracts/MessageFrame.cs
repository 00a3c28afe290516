using System.Buffers.Binary;
using Google.Protobuf;

namespace Weft.Contracts;

/// <summary>
/// How weft-cni and weftd frame messages on cni.sock: the length of the message in bytes, 4 bytes big-endian, then the
/// message. Blocking reads and writes; neither side interleaves messages on one connection.
/// </summary>
public static class MessageFrame
{
    /// <summary>Bytes of the length in front of each message.</summary>
    public const int HeaderLength = 4;

    /// <summary>Longest message that either side accepts, in bytes: room for a GC list of some 8,000 attachments.</summary>
    public const int MaximumLength = 1 << 20;

    /// <summary>Writes one message with its length, in one write.</summary>
    /// <exception cref="IOException">The stream broke, or the message is longer than <see cref="MaximumLength"/>.</exception>
    public static void Write(Stream stream, IMessage message)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(message);
        stream.Write(Encode(message));
    }

    /// <summary>The message's bytes with the length in front.</summary>
    /// <exception cref="IOException">The message is longer than <see cref="MaximumLength"/>.</exception>
    public static byte[] Encode(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        int length = message.CalculateSize();
        if (length > MaximumLength)
        {
            throw new IOException($"a message of {length} bytes is longer than the {MaximumLength} that cni.sock carries");
        }
        byte[] frame = new byte[HeaderLength + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        message.WriteTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Reads one message, or returns null when the other side closed the connection between messages.</summary>
    /// <exception cref="IOException">The stream broke or ended within a message, the length is not 0 to
    /// <see cref="MaximumLength"/>, or the bytes are not such a message.</exception>
    public static T? Read<T>(Stream stream, MessageParser<T> parser) where T : class, IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(parser);
        Span<byte> header = stackalloc byte[HeaderLength];
        int got = stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
        if (got == 0)
        {
            return null;
        }
        if (got < HeaderLength)
        {
            throw new IOException($"the connection ended after {got} of {HeaderLength} bytes of a message's length");
        }
        byte[] body = new byte[CheckedLength(header)];
        stream.ReadExactly(body);
        return Parse(parser, body);
    }

    /// <summary>As <see cref="Read"/>, without holding a thread while nothing arrives.</summary>
    /// <exception cref="IOException">As for <see cref="Read"/>.</exception>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(parser);
        byte[] header = new byte[HeaderLength];
        int got = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (got == 0)
        {
            return null;
        }
        if (got < HeaderLength)
        {
            throw new IOException($"the connection ended after {got} of {HeaderLength} bytes of a message's length");
        }
        byte[] body = new byte[CheckedLength(header)];
        await stream.ReadExactlyAsync(body, cancellationToken).ConfigureAwait(false);
        return Parse(parser, body);
    }

    private static int CheckedLength(ReadOnlySpan<byte> header)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(header);
        return length is >= 0 and <= MaximumLength
            ? length
            : throw new IOException($"a message claims {(uint)length} bytes, more than the {MaximumLength} that cni.sock carries");
    }

    private static T Parse<T>(MessageParser<T> parser, byte[] body) where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new IOException($"{body.Length} bytes are not a {typeof(T).Name}: {e.Message}", e);
        }
    }
}
