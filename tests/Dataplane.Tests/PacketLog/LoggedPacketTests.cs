using System.Net;
using CsCheck;
using Weft.Dataplane.PacketLog;

namespace Weft.Dataplane.Tests.PacketLog;

public sealed class LoggedPacketTests
{
    private static readonly byte[] Ports = [0x9c, 0x40, 0x00, 0x50];      // 40000 to 80

    [Fact]
    public void Both_families_are_read_behind_options_and_extension_headers()
    {
        byte[] four = [0x46, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, .. Ports];
        byte[] six = [0x60, 0, 0, 0, 0, 0, 0, 64, .. IPAddress.Parse("fd00::1").GetAddressBytes(), .. IPAddress.Parse("fd00::2").GetAddressBytes(), 60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0, .. Ports];

        Assert.True(LoggedPacket.TryRead("p", four, out LoggedPacket read4));
        Assert.True(LoggedPacket.TryRead("p", six, out LoggedPacket read6));

        Assert.Equal(new LoggedPacket("p", IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"), 6, 40000, 80), read4);
        Assert.Equal(new LoggedPacket("p", IPAddress.Parse("fd00::1"), IPAddress.Parse("fd00::2"), 17, 40000, 80), read6);
    }

    [Fact]
    public void Later_fragments_have_no_ports()
    {
        byte[] four = [0x45, 0, 0, 0, 0, 0, 0, 1, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, .. Ports];
        byte[] six = [0x60, 0, 0, 0, 0, 0, 44, 64, .. new byte[32], 17, 0, 0, 8, 0, 0, 0, 1, .. Ports];

        Assert.True(LoggedPacket.TryRead("", four, out LoggedPacket read4));
        Assert.True(LoggedPacket.TryRead("", six, out LoggedPacket read6));

        Assert.Equal((17, 0, 0), (read4.Protocol, read4.SourcePort, read4.DestinationPort));
        Assert.Equal((17, 0, 0), (read6.Protocol, read6.SourcePort, read6.DestinationPort));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused() => Gen.Byte.Array[0, 128].Sample(
        bytes => !LoggedPacket.TryRead("x", bytes, out LoggedPacket read) || (read.Prefix == "x" && read.Source.AddressFamily == read.Destination.AddressFamily));
}
