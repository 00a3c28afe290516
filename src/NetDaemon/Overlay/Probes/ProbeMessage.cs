using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// What weftds say to each other through a tunnel, behind the Ethernet header, padded with zeros to the size that is tried. The sender stands where an IP packet has its source address,
/// so that the rule that knows whose packets are whose holds for it too (<see cref="OverlayRules"/>).
/// <code>
///  0  "weft"     4  version 1     5  kind     6  zero
///  8  sender: IPv6, or four bytes at 12 for IPv4 and zeros around     24  token, big-endian
/// </code>
/// </summary>
/// <param name="Kind">What for.</param>
/// <param name="Sender">The sending node's tunnel address.</param>
/// <param name="Token">Chosen by whoever asks, and repeated by whoever answers.</param>
internal readonly record struct ProbeMessage(ProbeKind Kind, IPAddress Sender, ulong Token)
{
    /// <summary>IEEE 802 Local Experimental EtherType 1: no protocol of the kernel's.</summary>
    public const ushort EtherType = 0x88b5;

    /// <summary>Bytes of the smallest one: with the Ethernet header, a frame of the least length.</summary>
    public const int Smallest = 46;

    private const uint Magic = 0x77656674;
    private const byte Version = 1;
    private const int SenderOffset = 8;
    private const int Sender4Offset = 12;
    private const int TokenOffset = 24;

    /// <summary>Fills a buffer, whose length is the packet's.</summary>
    public void Write(Span<byte> packet)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(packet.Length, Smallest);
        packet.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(packet, Magic);
        packet[4] = Version;
        packet[5] = (byte)Kind;
        Sender.TryWriteBytes(packet[(Sender.AddressFamily == AddressFamily.InterNetwork ? Sender4Offset : SenderOffset)..TokenOffset], out _);
        BinaryPrimitives.WriteUInt64BigEndian(packet[TokenOffset..], Token);
    }

    /// <summary>Reads bytes from outside; false when they are no probe's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, [NotNullWhen(true)] out ProbeMessage? message)
    {
        message = null;
        if (packet.Length < Smallest || BinaryPrimitives.ReadUInt32BigEndian(packet) != Magic || packet[4] != Version || packet[5] is < (byte)ProbeKind.Ask or > (byte)ProbeKind.Heard)
        {
            return false;
        }
        ReadOnlySpan<byte> sender = packet[SenderOffset..TokenOffset];
        bool is4 = sender[..4].IndexOfAnyExcept((byte)0) < 0 && sender[8..].IndexOfAnyExcept((byte)0) < 0;
        message = new ProbeMessage((ProbeKind)packet[5], new IPAddress(is4 ? sender[4..8] : sender), BinaryPrimitives.ReadUInt64BigEndian(packet[TokenOffset..]));
        return true;
    }
}
