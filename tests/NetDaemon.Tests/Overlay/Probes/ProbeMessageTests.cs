using System.Net;
using CsCheck;
using Weft.Dataplane.Packets;
using Weft.NetDaemon.Overlay.Probes;

namespace Weft.NetDaemon.Tests.Overlay.Probes;

public sealed class ProbeMessageTests
{
    private static readonly Gen<IPAddress> Addresses = Gen.OneOf(
        Gen.Byte.Array[4].Select(b => new IPAddress([(byte)(b[0] | 1), b[1], b[2], b[3]])),
        Gen.Byte.Array[16].Select(b => new IPAddress([0x20, .. b[1..]])));

    [Fact]
    public void What_is_written_is_read_again() => Gen.Select(Addresses, Gen.ULong, Gen.Int[1, 6], Gen.Int[ProbeMessage.Smallest, 9000]).Sample((sender, token, kind, size) =>
    {
        var message = new ProbeMessage((ProbeKind)kind, sender, token);
        byte[] packet = new byte[size];
        message.Write(packet);
        Assert.True(ProbeMessage.TryRead(packet, out ProbeMessage? read));
        Assert.Equal(message, read);
    });

    [Fact]
    public void A_sender_stands_where_an_ip_header_has_it()
    {
        byte[] packet = new byte[ProbeMessage.Smallest];
        new ProbeMessage(ProbeKind.Ask, IPAddress.Parse("192.0.2.1"), 1).Write(packet);
        Assert.Equal([192, 0, 2, 1], packet[12..16]);
        var sender = IPAddress.Parse("2001:db8::1");
        new ProbeMessage(ProbeKind.Ask, sender, 1).Write(packet);
        Assert.Equal(sender.GetAddressBytes(), packet[8..24]);
    }

    [Fact]
    public void Bytes_from_outside_are_read_or_refused_and_never_thrown_at() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        ProbeMessage.TryRead(bytes, out _);
        ChecksumFrame.Read(bytes, ChecksumState.Unknown);
        byte[] begun = [0x77, 0x65, 0x66, 0x74, 1, .. bytes];
        ProbeMessage.TryRead(begun, out _);
        byte[] frame = [.. new byte[14], 0x45, .. bytes];
        ChecksumFrame.Read(frame, ChecksumState.Good);
    });

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void A_checksum_frame_is_heard_with_the_right_checksum_only(string sender)
    {
        var message = new ProbeMessage(ProbeKind.Checksum, IPAddress.Parse(sender), 77);
        byte[] complete = ChecksumFrame.Build(message, unfinished: false).Bytes;
        ChecksumFrame begun = ChecksumFrame.Build(message, unfinished: true);

        Assert.Equal(message, ChecksumFrame.Read(complete, ChecksumState.Unknown));
        Assert.Equal(message, ChecksumFrame.Read(begun.Bytes, ChecksumState.LeftToDevice));
        Assert.Null(ChecksumFrame.Read(begun.Bytes, ChecksumState.Unknown));
        // What a device does that works: it adds up from the start to the end.
        ushort sum = InternetChecksum.Finish(InternetChecksum.Sum(begun.Bytes.AsSpan(begun.ChecksumStart)), isUdp: true);
        (begun.Bytes[begun.ChecksumField], begun.Bytes[begun.ChecksumField + 1]) = ((byte)(sum >> 8), (byte)sum);
        Assert.Equal(complete, begun.Bytes);
    }
}
