using System.Text;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;

namespace Weft.CniPlugin.Tests.Configuration;

public sealed class AttachmentWishesReaderTests
{
    [Theory]
    [InlineData("92:00:00:00:00:07", """{}""", "92:00:00:00:00:07")]
    [InlineData("92:00:00:00:00:07", """{"args":{"cni":{"mac":"02-aa-BB-00-00-01"}}}""", "02:aa:bb:00:00:01")]
    [InlineData("92:00:00:00:00:07", """{"Args":{"CNI":{"Mac":"02:00:00:00:00:01"}},"RuntimeConfig":{"MAC":"02:00:00:00:00:02"}}""", "02:00:00:00:00:02")]
    [InlineData("92:00:00:00:00:07", """{"runtimeConfig":{"mac":""}}""", "92:00:00:00:00:07")]
    [InlineData(null, """{"runtimeConfig":{"mac":null}}""", null)]
    public void The_mac_of_runtimeConfig_beats_args_and_that_beats_cni_args(string? argument, string json, string? expected)
    {
        AttachmentWishes wishes = Read(json, new CniArguments { Mac = argument });

        Assert.Equal(expected, wishes.Mac?.ToString());
    }

    [Theory]
    [InlineData("92:00:00:00:00")]
    [InlineData("92:00:00:00:00:0g")]
    [InlineData("01:00:5e:00:00:01")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("+2:00:00:00:00:01")]
    public void A_mac_that_no_interface_can_have_is_refused(string mac)
    {
        CniError error = Refusal("{}", new CniArguments { Mac = mac });

        Assert.Equal(CniErrorCode.InvalidEnvironment, error.Code);
        Assert.Contains($"CNI_ARGS MAC: \"{mac}\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.1.2.3,fd00::5/64", """{}""", "10.1.2.3 fd00::5")]
    [InlineData("10.1.2.3", """{"args":{"cni":{"ips":["10.1.2.4/24"]}}}""", "10.1.2.4")]
    [InlineData("10.1.2.3", """{"args":{"cni":{"ips":["10.1.2.4"]}},"runtimeConfig":{"ips":["10.1.2.5","fd00::6","10.1.2.5"]}}""", "10.1.2.5 fd00::6")]
    [InlineData("10.1.2.3", """{"runtimeConfig":{"ips":[]}}""", "10.1.2.3")]
    [InlineData("", """{"runtimeConfig":{"ips":null}}""", "")]
    public void Addresses_follow_the_same_order(string argument, string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Read(json, new CniArguments { Ip = argument }).Addresses));

    [Theory]
    [InlineData("\"10.1\"")]
    [InlineData("\"10.1.2.3/33\"")]
    [InlineData("\"10.1.2.3/x\"")]
    [InlineData("\"fe80::1%eth0\"")]
    [InlineData("\"\"")]
    [InlineData("7")]
    [InlineData("null")]
    public void What_is_no_address_is_refused(string address)
    {
        CniError error = Refusal($$$"""{"runtimeConfig":{"ips":[{{{address}}}]}}""", CniArguments.None);

        Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains("runtimeConfig.ips", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"app":"web","tier":null}""")]
    [InlineData("""[{"key":"app","value":"web"},{"Key":"tier"}]""")]
    public void Labels_are_read_as_an_object_and_as_a_list(string labels)
    {
        AttachmentWishes wishes = Read($$$"""{"args":{"cni":{"labels":{{{labels}}} } } }""", CniArguments.None);

        Assert.Equal(2, wishes.Labels.Count);
        Assert.Equal("web", wishes.Labels["app"]);
        Assert.Equal("", wishes.Labels["tier"]);
    }

    [Theory]
    [InlineData("""7""")]
    [InlineData("""{"app":7}""")]
    [InlineData("""[{"value":"web"}]""")]
    [InlineData("""["app"]""")]
    public void Labels_of_another_shape_are_refused(string labels) =>
        Assert.Equal(CniErrorCode.InvalidConfiguration, Refusal($$$"""{"args":{"cni":{"labels":{{{labels}}} } } }""", CniArguments.None).Code);

    [Theory]
    [InlineData("deviceID", "\"0000:03:00.1\"")]
    [InlineData("infinibandGUID", "\"c2:11:22:33:44:55:66:77\"")]
    public void A_capability_that_is_not_implemented_is_refused_with_key_and_value(string key, string value)
    {
        CniError error = Refusal($$$"""{"runtimeConfig":{"{{{key}}}":{{{value}}}}}""", CniArguments.None);

        Assert.Equal(CniErrorCode.UnsupportedField, error.Code);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"portMappings":null,"bandwidth":{},"ipRanges":[[]]}""")]
    [InlineData("""{"portMappings":[],"bandwidth":{"ingressRate":0,"egressRate":0},"ipRanges":null,"deviceID":""}""")]
    [InlineData("""{"dns":{"Servers":["10.96.0.10"],"Options":null},"cgroupPath":"/x","aliases":["a"],"io.kubernetes.cri.pod-annotations":{"a":"b"}}""")]
    public void Capabilities_that_ask_for_nothing_of_ours_are_accepted(string runtimeConfig) =>
        Assert.Null(Read($$"""{"runtimeConfig":{{runtimeConfig}}}""", CniArguments.None).Mac);

    [Theory]
    [InlineData("IP", "10.1")]
    [InlineData("GATEWAY", "10.1.1.1.1")]
    public void An_address_in_CNI_ARGS_that_is_none_is_a_fault_of_the_environment(string key, string value)
    {
        CniError error = Refusal("{}", key == "IP" ? new CniArguments { Ip = value } : new CniArguments { Gateway = value });

        Assert.Equal(CniErrorCode.InvalidEnvironment, error.Code);
        Assert.Equal($"CNI_ARGS {key}: \"{value}\" is no IP address", error.Message);
    }

    [Theory]
    [InlineData("""["db","primary"]""", "db primary")]
    [InlineData("""{"other":["x"],"net":["db","primary"],"NET":["y"]}""", "db primary")]
    [InlineData("""{"other":["x"]}""", "")]
    [InlineData("null", "")]
    public void Aliases_are_a_list_or_by_network(string aliases, string expected) =>
        Assert.Equal(expected, string.Join(' ', Read($$$"""{"name":"net","runtimeConfig":{"aliases":{{{aliases}}}}}""", CniArguments.None).Aliases));

    [Fact]
    public void The_cgroup_is_passed_on() =>
        Assert.Equal("/kubepods/pod1", Read("""{"runtimeConfig":{"CgroupPath":"/kubepods/pod1"}}""", CniArguments.None).CgroupPath);

    [Fact]
    public void A_mac_of_the_configuration_yields_to_every_other() =>
        Assert.Equal("02:00:00:00:00:01 02:00:00:00:00:02",
            $"{Read("""{"mac":"02:00:00:00:00:01"}""", CniArguments.None).Mac} "
                + $"{Read("""{"mac":"02:00:00:00:00:01"}""", new CniArguments { Mac = "02:00:00:00:00:02" }).Mac}");

    private static AttachmentWishes Read(string json, CniArguments arguments)
    {
        var problems = new ProblemList();
        AttachmentWishes wishes = AttachmentWishesReader.Read(NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(json)), arguments, problems);
        problems.ThrowIfAny();
        return wishes;
    }

    private static CniError Refusal(string json, CniArguments arguments) => Assert.Throws<CniException>(() => Read(json, arguments)).Error;
}
