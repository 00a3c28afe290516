using Google.Protobuf;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Wiring;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Tests.Results;

public sealed class ResultWriterTests
{
    [Theory]
    [InlineData("0.3.0")]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public void Each_version_has_its_format(string version)
    {
        CniResult result = Replies.Result();

        GoldenFile.Equal($"result-{version}.json", ResultWriter.Write(result, CniVersions.Parse(version)!.Value));
    }

    [Fact]
    public void Dns_of_the_configuration_is_passed_on()
    {
        var result = new CniResult([], [], [], new DnsSettings(["10.96.0.10"], "cluster.local", ["a.b"], []));

        GoldenFile.Equal("result-dns.json", ResultWriter.Write(result, CniVersion.V100));
    }

    [Theory]
    [InlineData("0.3.0")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public void What_was_written_is_read_back_as_prevResult(string version)
    {
        CniResult written = Replies.Result();
        var problems = new ProblemList();

        CniResult read = PreviousResultReader.Read(
            NetworkConfigurationReader.Decode(ResultWriter.Write(written, CniVersions.Parse(version)!.Value)), problems);

        Assert.Equal(0, problems.Count);
        Assert.Equal(written.Addresses, read.Addresses);
        Assert.Equal(written.Routes, read.Routes);
        Assert.Equal(written.Interfaces.Select(static i => (i.Name, i.Mac, i.Sandbox)), read.Interfaces.Select(static i => (i.Name, i.Mac, i.Sandbox)));
    }

    [Fact]
    public void A_reply_that_makes_no_sense_is_refused_with_all_its_faults()
    {
        AttachReply reply = Replies.DualStack();
        reply.ContainerMac = ByteString.CopyFrom(1, 2);
        reply.BridgeIndex = 0;
        reply.Mtu = 12;
        reply.Addresses[0].Gateway = ByteString.Empty;

        CniError error = Assert.Throws<CniException>(() => WiringPlan.Build(reply, Replies.Key)).Error;

        Assert.Equal(CniErrorCode.DaemonDefect, error.Code);
        foreach (string fault in (string[])["container MAC of 2 bytes", "bridge index 0", "MTU 12", "address {"])
        {
            Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_alias_names_the_attachment_and_fits_the_kernel()
    {
        Assert.Equal("weft net/c1/eth0", WiringPlan.Build(Replies.DualStack(), Replies.Key).Alias);

        AttachmentKey key = Replies.Key.Clone();
        key.ContainerId = new string('a', 1000);
        Assert.Equal(255, WiringPlan.Build(Replies.DualStack(), key).Alias.Length);
    }
}
