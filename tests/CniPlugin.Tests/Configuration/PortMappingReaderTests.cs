using System.Net;
using Weft.CniPlugin.Errors;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Tests.Configuration;

public sealed class PortMappingReaderTests
{
    [Theory]
    [InlineData("""{"HostPort":18083,"ContainerPort":80,"Protocol":"tcp","HostIP":""}""", "6 [] 18083 80")]
    [InlineData("""{"hostPort":53,"containerPort":5353,"protocol":"UDP","hostIP":"127.0.0.1"}""", "17 [127.0.0.1] 53 5353")]
    [InlineData("""{"hostPort":1,"containerPort":65535,"protocol":"Sctp","hostIP":"fd00::1"}""", "132 [fd00::1] 1 65535")]
    [InlineData("""{"hostPort":80,"containerPort":8080,"hostIP":null,"protocol":null}""", "6 [] 80 8080")]
    [InlineData("""{"hostPort":80,"containerPort":8080,"hostIP":"::ffff:10.0.0.1"}""", "6 [10.0.0.1] 80 8080")]
    [InlineData("""{"hostPort":80,"containerPort":8080,"hostIP":"0.0.0.0"}""", "6 [0.0.0.0] 80 8080")]
    [InlineData("""{"hostPort":0,"containerPort":8080}""", "")]
    [InlineData("""{"containerPort":8080}""", "")]
    [InlineData("""{"hostPort":80,"containerPort":80},{"hostPort":80,"containerPort":80,"protocol":"TCP"}""", "6 [] 80 80")]
    [InlineData("""{"hostPort":80,"containerPort":80},{"hostPort":80,"containerPort":80,"protocol":"UDP"}""", "6 [] 80 80, 17 [] 80 80")]
    public void A_mapping_is_read_with_any_case_of_keys_and_protocol(string mappings, string expected) =>
        Assert.Equal(expected, string.Join(", ", Read(mappings).Select(static m =>
            $"{m.Protocol} [{(m.HostIp.IsEmpty ? "" : new IPAddress(m.HostIp.Span))}] {m.HostPort} {m.ContainerPort}")));

    [Theory]
    [InlineData("""{"hostPort":-1,"containerPort":80}""", "hostPort")]
    [InlineData("""{"hostPort":65536,"containerPort":80}""", "65536")]
    [InlineData("""{"hostPort":80.5,"containerPort":80}""", "80.5")]
    [InlineData("""{"hostPort":"80","containerPort":80}""", "\"80\"")]
    [InlineData("""{"hostPort":80}""", "containerPort")]
    [InlineData("""{"hostPort":80,"containerPort":0}""", "containerPort")]
    [InlineData("""{"hostPort":80,"containerPort":80,"protocol":"icmp"}""", "\"icmp\"")]
    [InlineData("""{"hostPort":80,"containerPort":80,"hostIP":"localhost"}""", "\"localhost\"")]
    [InlineData("""{"hostPort":80,"containerPort":80,"hostIP":"fe80::1%eth0"}""", "fe80::1%eth0")]
    [InlineData("7", "7")]
    public void A_mapping_that_makes_no_sense_is_refused_by_name(string mapping, string text)
    {
        CniError error = Wishes.RefusalOf($$$"""  "runtimeConfig":{"portMappings":[{{{mapping}}}]}""");

        Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains("portMappings", error.Message, StringComparison.Ordinal);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loopback_is_asked_for_by_the_configuration_and_only_where_every_address_is_meant()
    {
        IReadOnlyList<PortMapping> ports = Wishes.Of(
            """ "loopbackPorts":true,"runtimeConfig":{"portMappings":[{"hostPort":80,"containerPort":80},{"hostPort":81,"containerPort":80,"hostIP":"10.0.0.1"},{"hostPort":82,"containerPort":80,"hostIP":"0.0.0.0"}]} """).Ports;

        Assert.Equal([true, false, true], ports.Select(static p => p.Loopback));
        Assert.False(Assert.Single(Read("""{"hostPort":80,"containerPort":80}""")).Loopback);
    }

    private static IReadOnlyList<PortMapping> Read(string mappings) => Wishes.Of($$$"""  "runtimeConfig":{"portMappings":[{{{mappings}}}]}""").Ports;
}
