using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Packets;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// A UDP datagram in IPv4 or IPv6 that carries a <see cref="ProbeMessage"/>, as a container might send one: devices know its checksum by its headers. It goes to a multicast group that nobody
/// is in, so that the receiving kernel drops it without a word after the listener has seen it.
/// </summary>
/// <param name="Bytes">The frame; its MACs are not filled in.</param>
/// <param name="EtherType">IPv4's or IPv6's.</param>
/// <param name="ChecksumStart">Where the UDP header begins.</param>
/// <param name="ChecksumField">Where its checksum is.</param>
internal sealed record ChecksumFrame(byte[] Bytes, ushort EtherType, int ChecksumStart, int ChecksumField)
{
    private const ushort EtherType4 = 0x0800;
    private const ushort EtherType6 = 0x86dd;
    private const byte Udp = 17;
    private const int UdpHeader = 8;
    private const ushort Port = 5757;        // says nothing: nobody listens
    private const int Header4 = 20;
    private const int Header6 = 40;

    private static readonly IPAddress Group4 = IPAddress.Parse("239.255.87.87");     // RFC 2365 section 6.1: IPv4 local scope
    private static readonly IPAddress Group6 = IPAddress.Parse("ff12::5757");        // RFC 4291 section 2.7: transient, link-local scope

    /// <summary>The EtherType of a family's frames.</summary>
    public static ushort TypeOf(AddressFamily family) => family == AddressFamily.InterNetwork ? EtherType4 : EtherType6;

    /// <summary>What such frames, and hardly any others, have.</summary>
    public static FrameFilter FilterOf(AddressFamily family) => family == AddressFamily.InterNetwork
        ? FrameFilter.Words((FrameSocket.EthernetHeader + 16, WordOf(Group4, 0)))
        : FrameFilter.Words((FrameSocket.EthernetHeader + 24, WordOf(Group6, 0)), (FrameSocket.EthernetHeader + 36, WordOf(Group6, 12)));

    /// <param name="message">What it carries; its sender is the packet's source.</param>
    /// <param name="unfinished">Whether the checksum is only begun: with the sum of the pseudo-header.</param>
    public static ChecksumFrame Build(ProbeMessage message, bool unfinished)
    {
        bool is4 = message.Sender.AddressFamily == AddressFamily.InterNetwork;
        const int Length = UdpHeader + ProbeMessage.Smallest;
        int start = FrameSocket.EthernetHeader + (is4 ? Header4 : Header6);
        byte[] frame = new byte[start + Length];
        Span<byte> ip = frame.AsSpan(FrameSocket.EthernetHeader);
        Span<byte> udp = frame.AsSpan(start);
        IPAddress group = is4 ? Group4 : Group6;
        if (is4)
        {
            (ip[0], ip[8], ip[9]) = (0x45, 1, Udp);
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Header4 + Length));
            message.Sender.TryWriteBytes(ip[12..], out _);
            group.TryWriteBytes(ip[16..], out _);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Finish(InternetChecksum.Sum(ip[..Header4])));
        }
        else
        {
            (ip[0], ip[6], ip[7]) = (0x60, Udp, 1);
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], Length);
            message.Sender.TryWriteBytes(ip[8..], out _);
            group.TryWriteBytes(ip[24..], out _);
        }
        BinaryPrimitives.WriteUInt16BigEndian(udp, Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], Length);
        message.Write(udp[UdpHeader..]);
        ushort pseudo = InternetChecksum.PseudoHeader(message.Sender, group, Udp, Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], unfinished ? pseudo : InternetChecksum.Finish(InternetChecksum.Sum(udp, pseudo), isUdp: true));
        return new ChecksumFrame(frame, is4 ? EtherType4 : EtherType6, start, start + 6);
    }

    /// <summary>Reads a frame that passed the filter.</summary>
    /// <param name="frame">From the destination's MAC on.</param>
    /// <param name="state">What the kernel says of its checksum.</param>
    /// <returns>What it carries; null when it is no such frame, or its checksum is wrong.</returns>
    public static ProbeMessage? Read(ReadOnlySpan<byte> frame, ChecksumState state)
    {
        if (frame.Length <= FrameSocket.EthernetHeader)
        {
            return null;
        }
        ReadOnlySpan<byte> ip = frame[FrameSocket.EthernetHeader..];
        bool is4 = ip[0] == 0x45;
        int header = is4 ? Header4 : Header6;
        const int Length = UdpHeader + ProbeMessage.Smallest;
        if ((!is4 && ip[0] >> 4 != 6) || ip.Length < header + Length || ip[is4 ? 9 : 6] != Udp)
        {
            return null;
        }
        ReadOnlySpan<byte> udp = ip.Slice(header, Length);
        if (!ProbeMessage.TryRead(udp[UdpHeader..], out ProbeMessage? message) || message.Value.Kind != ProbeKind.Checksum)
        {
            return null;
        }
        var source = new IPAddress(is4 ? ip[12..16] : ip[8..24]);
        var destination = new IPAddress(is4 ? ip[16..20] : ip[24..40]);
        bool isGood = state != ChecksumState.Unknown
            || InternetChecksum.Sum(udp, InternetChecksum.PseudoHeader(source, destination, Udp, Length)) == ushort.MaxValue;
        return isGood && message.Value.Sender.Equals(source) ? message : null;
    }

    private static uint WordOf(IPAddress address, int offset) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes().AsSpan(offset));
}
