using System.Buffers.Binary;
using System.Net;

namespace Weft.Dataplane.Packets;

/// <summary>The checksum of IPv4, UDP and TCP headers (RFC 1071): the one's complement of a one's complement sum of 16-bit words.</summary>
public static class InternetChecksum
{
    /// <summary>Adds bytes to a sum; an odd last byte counts as the upper half of a word.</summary>
    /// <returns>The sum, folded to 16 bits.</returns>
    public static ushort Sum(ReadOnlySpan<byte> bytes, ushort start = 0)
    {
        ulong sum = start;
        while (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }
        if (!bytes.IsEmpty)
        {
            sum += (ulong)bytes[0] << 8;
        }
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }
        return (ushort)sum;
    }

    /// <summary>The sum of the pseudo-header that TCP and UDP checksums begin with (RFC 768, RFC 8200 section 8.1).</summary>
    /// <param name="source">Sender.</param>
    /// <param name="destination">Receiver, of the same family.</param>
    /// <param name="protocol">Number of the transport protocol.</param>
    /// <param name="length">Bytes of transport header and payload.</param>
    public static ushort PseudoHeader(IPAddress source, IPAddress destination, byte protocol, int length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        Span<byte> bytes = stackalloc byte[40];
        source.TryWriteBytes(bytes, out int size);
        destination.TryWriteBytes(bytes[size..], out int more);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[(size + more)..], (uint)length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[(size + more + 4)..], protocol);
        return Sum(bytes[..(size + more + 8)]);
    }

    /// <summary>What goes into the header for a sum; for UDP, where 0 means "none", 0 becomes 0xffff.</summary>
    public static ushort Finish(ushort sum, bool isUdp = false)
    {
        ushort value = (ushort)~sum;
        return isUdp && value == 0 ? ushort.MaxValue : value;
    }
}
