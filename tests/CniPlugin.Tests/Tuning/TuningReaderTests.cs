using System.Text;
using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Tuning;

namespace Weft.CniPlugin.Tests.Tuning;

public sealed class TuningReaderTests : IDisposable
{
    private readonly string _allowList = Path.GetTempFileName();

    public TuningReaderTests() => File.Delete(_allowList);

    [Fact]
    public void A_sysctl_of_args_counts_before_the_configurations_and_others_stay()
    {
        TuningSettings tuning = Read(
            """
            {"sysctl":{"net.core.somaxconn":"500","net.ipv4.conf.IFNAME.arp_filter":"1"},"promisc":true,"allmulti":false,"txQLen":77,
             "args":{"cni":{"sysctl":{"net.core.somaxconn":"600"}}}}
            """);

        Assert.Equal(
            [new SysctlSetting("net.ipv4.conf.IFNAME.arp_filter", "1"), new SysctlSetting("net.core.somaxconn", "600")], tuning.Sysctls);
        Assert.Equal((true, false, 77u), (tuning.Promiscuous, tuning.AllMulticast, tuning.TxQueueLength));
    }

    [Theory]
    [InlineData("kernel.panic")]
    [InlineData("vm.swappiness")]
    [InlineData("net")]
    [InlineData("net.core")]
    [InlineData("net..core.x")]
    [InlineData("net/../kernel/panic")]
    [InlineData("/proc/sys/net/core/somaxconn")]
    [InlineData("NET.core.somaxconn")]
    public void A_parameter_that_is_not_the_networks_is_refused_by_name(string key)
    {
        CniError error = Refusal($$$"""{"sysctl":{"{{{key}}}":"1"}}""");

        Assert.Equal(CniErrorCode.UnsupportedField, error.Code);
        Assert.Contains($"{key} = \"1\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"sysctl":{"net.core.somaxconn":500}}""")]
    [InlineData("""{"sysctl":["net.core.somaxconn"]}""")]
    [InlineData("""{"txQLen":-1}""")]
    [InlineData("""{"promisc":"yes"}""")]
    public void Another_shape_is_refused(string json) => Assert.Equal(CniErrorCode.InvalidConfiguration, Refusal(json).Code);

    [Fact]
    public void The_list_of_allowed_parameters_is_matched_against_the_key_as_written()
    {
        File.WriteAllText(_allowList, "^net\\.core\\.[a-z_]+$\n\n  conf\\.IFNAME\\.arp_  \n");

        Assert.Equal(2, Read("""{"sysctl":{"net.core.somaxconn":"5","net.ipv4.conf.IFNAME.arp_filter":"1"}}""").Sysctls.Count);
        CniError error = Refusal("""{"sysctl":{"net.core.somaxconn":"5","net.ipv4.conf.eth0.arp_filter":"1"}}""");
        Assert.Equal(CniErrorCode.UnsupportedField, error.Code);
        Assert.Contains("net.ipv4.conf.eth0.arp_filter", error.Message, StringComparison.Ordinal);
        Assert.Contains(_allowList, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("somaxconn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_list_allows_nothing_and_a_broken_one_neither()
    {
        File.WriteAllText(_allowList, "");
        Assert.Equal(CniErrorCode.UnsupportedField, Refusal("""{"sysctl":{"net.core.somaxconn":"5"}}""").Code);

        File.WriteAllText(_allowList, "net.(");
        Assert.Equal(CniErrorCode.InvalidConfiguration, Refusal("""{"sysctl":{"net.core.somaxconn":"5"}}""").Code);
    }

    [Fact]
    public void An_interface_name_with_a_dot_is_one_part_of_the_path()
    {
        var setting = new SysctlSetting("net.ipv4.conf.IFNAME.arp_filter", "1");

        Assert.Equal(["net", "ipv4", "conf", "eth0.7", "arp_filter"], setting.Segments("eth0.7"));
        Assert.Equal(["net", "ipv4", "conf", "default", "arp_filter"], setting.Model("eth0.7"));
        Assert.True(setting.IsOf("eth0.7"));
        Assert.True(new SysctlSetting("net/ipv4/conf/eth0.7/arp_filter", "1").IsOf("eth0.7"));
        Assert.False(new SysctlSetting("net.ipv4.conf.all.arp_filter", "1").IsOf("eth0.7"));
        Assert.False(new SysctlSetting("net.core.somaxconn", "1").IsOf("eth0.7"));
    }

    public void Dispose() => File.Delete(_allowList);

    private TuningSettings Read(string json)
    {
        JsonElement root = NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(json));
        var problems = new ProblemList();
        TuningSettings tuning = TuningReader.Read(root, JsonKeys.Find(JsonKeys.Find(root, "args"), "cni"), _allowList, problems);
        problems.ThrowIfAny();
        return tuning;
    }

    private CniError Refusal(string json) => Assert.Throws<CniException>(() => Read(json)).Error;
}
