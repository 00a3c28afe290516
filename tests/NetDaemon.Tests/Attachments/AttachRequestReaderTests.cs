using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class AttachRequestReaderTests
{
    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var request = new AttachRequest { Mac = ByteString.CopyFrom(1, 2, 3), Mtu = 900, Netns = new string('n', 2000) };
        request.Addresses.Add(ByteString.CopyFrom(1, 2, 3, 4, 5));
        request.Labels.Add(Enumerable.Range(0, 300).ToDictionary(i => $"l{i}", _ => ""));

        var refusal = Assert.Throws<RefusedException>(() => AttachRequestReader.Check(request));

        Assert.Equal(RefusalReason.BadRequest, refusal.Reason);
        Assert.Equal(
            [
                "the network name is missing",
                "the container ID is missing",
                "the interface name is missing",
                "the network namespace path has 2000 characters, more than 1024",
                "300 labels are more than the 256 allowed",
                "the wanted MAC has 3 bytes, not 6",
                "the wanted MTU is 900, and must be 1280 bytes at least",
                "a wanted address has 5 bytes, not 4 or 16",
            ],
            refusal.Message.Split("; "));
    }

    [Fact]
    public void A_group_address_is_no_MAC()
    {
        AttachRequest request = Request();
        request.Mac = ByteString.CopyFrom(0x33, 0x33, 0, 0, 0, 1);

        Assert.Contains("group address", Assert.Throws<RefusedException>(() => AttachRequestReader.Check(request)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wanted_addresses_of_both_families_are_read_in_order()
    {
        AttachRequest request = Request();
        request.Addresses.Add(ByteString.CopyFrom(IPAddress.Parse("fd00::7").GetAddressBytes()));
        request.Addresses.Add(ByteString.CopyFrom(IPAddress.Parse("10.0.0.7").GetAddressBytes()));
        request.Mac = ByteString.CopyFrom(2, 0, 0, 0, 0, 1);

        Assert.Equal([IPAddress.Parse("fd00::7"), IPAddress.Parse("10.0.0.7")], AttachRequestReader.Check(request));
    }

    private static AttachRequest Request() => new()
    {
        Key = new Contracts.Cni.AttachmentKey { Network = "n", ContainerId = "c", InterfaceName = "eth0" },
        Netns = "/run/netns/c",
    };
}
