using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class PortMappingReaderTests
{
    [Theory]
    [InlineData(6, 8080, 80, "", "tcp port 8080 of all addresses")]
    [InlineData(17, 53, 53, "192.0.2.1", "udp port 53 of 192.0.2.1")]
    [InlineData(132, 65535, 1, "2001:db8::1", "sctp port 65535 of 2001:db8::1")]
    [InlineData(6, 1, 65535, "0.0.0.0", "tcp port 1 of all IPv4 addresses")]
    [InlineData(6, 1, 1, "::", "tcp port 1 of all IPv6 addresses")]
    [InlineData(6, 1, 1, "::ffff:192.0.2.1", "tcp port 1 of 192.0.2.1")]
    public void A_mapping_that_makes_sense_is_taken(uint protocol, uint host, uint container, string hostIp, string expected)
    {
        var problems = new List<string>();
        HostPort port = Assert.Single(PortMappingReader.Read(Options(Mapping(protocol, host, container, hostIp)), problems));
        Assert.Empty(problems);
        Assert.Equal((expected, (ushort)container), (port.ToString(), port.ContainerPort));
    }

    [Theory]
    [InlineData(1, 80, 80, "", "not tcp, udp or sctp")]
    [InlineData(6, 0, 80, "", "the host port 0 is not between 1 and 65535")]
    [InlineData(6, 65536, 80, "", "the host port 65536 is not")]
    [InlineData(6, 80, 0, "", "the container port 0 of tcp port 80 is not")]
    [InlineData(17, 80, 70000, "", "the container port 70000 of udp port 80 is not")]
    [InlineData(6, 80, 80, "::1", "publish it on 127.0.0.1")]
    [InlineData(6, 80, 80, "224.0.0.1", "not an address of one host")]
    [InlineData(6, 80, 80, "255.255.255.255", "not an address of one host")]
    [InlineData(6, 80, 80, "ff02::1", "not an address of one host")]
    public void A_mapping_that_makes_no_sense_is_a_problem(uint protocol, uint host, uint container, string hostIp, string expected)
    {
        var problems = new List<string>();
        Assert.Empty(PortMappingReader.Read(Options(Mapping(protocol, host, container, hostIp)), problems));
        Assert.Contains(expected, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_of_a_request_are_refused_at_once()
    {
        var request = new AttachRequest
        {
            Key = new Contracts.Cni.AttachmentKey { Network = "n", ContainerId = "c", InterfaceName = "eth0" },
            Netns = "/run/netns/c",
            Options = Options(Mapping(6, 80, 80, ""), Mapping(6, 80, 81, "192.0.2.1"), Mapping(99, 0, 0, "::1")),
        };
        request.Options.Ports[2].HostIp = ByteString.CopyFrom(1, 2, 3);

        RefusedException refused = Assert.Throws<RefusedException>(() => AttachRequestReader.Check(request));

        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
        Assert.Equal(5, refused.Message.Split("; ").Length);
        Assert.Contains("tcp port 80 of 192.0.2.1 is asked for twice", refused.Message, StringComparison.Ordinal);
        Assert.Contains("3 bytes, not 4 or 16", refused.Message, StringComparison.Ordinal);
    }

    private static AttachmentOptions Options(params PortMapping[] ports)
    {
        var options = new AttachmentOptions();
        options.Ports.AddRange(ports);
        return options;
    }

    private static PortMapping Mapping(uint protocol, uint host, uint container, string hostIp) => new()
    {
        Protocol = protocol,
        HostPort = host,
        ContainerPort = container,
        HostIp = hostIp.Length == 0 ? ByteString.Empty : ByteString.CopyFrom(IPAddress.Parse(hostIp).GetAddressBytes()),
    };
}
