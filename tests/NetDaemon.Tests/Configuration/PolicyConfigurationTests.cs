using Weft.Manifests.Yaml;
using Weft.NetDaemon.Configuration;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Tests.Configuration;

public sealed class PolicyConfigurationTests
{
    [Fact]
    public void What_policies_leave_open_is_read()
    {
        PolicyOptions read = Read("policy: {keepEstablished: true, ownNodeAlwaysReachable: true, failSafePorts: {ingress: [tcp/22, udp/6000-6010], egress: []}}", out string problems);

        Assert.Equal("", problems);
        Assert.True(read.KeepEstablished);
        Assert.True(read.Settings.OwnNodeAlwaysReachable);
        Assert.Equal("tcp/22, udp/6000-6010", string.Join(", ", read.Settings.FailSafe.Ingress));
        Assert.Empty(read.Settings.FailSafe.Egress);
    }

    [Fact]
    public void What_is_left_out_is_the_default()
    {
        PolicyOptions read = Read("policy: {keepEstablished: true}", out string problems);

        Assert.Equal("", problems);
        Assert.Equal(FailSafePorts.Default, read.Settings.FailSafe);
        Assert.False(read.Settings.OwnNodeAlwaysReachable);
    }

    [Theory]
    [InlineData("22")]
    [InlineData("tcp/0")]
    [InlineData("icmp/1")]
    [InlineData("tcp/9-8")]
    [InlineData("tcp/1-2-3")]
    [InlineData("[]")]
    public void What_is_no_port_is_refused(string port)
    {
        Read($"policy: {{failSafePorts: {{ingress: [{port}]}}}}", out string problems);

        Assert.Contains("policy.failSafePorts.ingress: ", problems, StringComparison.Ordinal);
        Assert.Contains("is no port; write its protocol and number", problems, StringComparison.Ordinal);
    }

    private static PolicyOptions Read(string text, out string problems)
    {
        var list = new ProblemList();
        DaemonOptions read = ConfigFile.Read("weftd.yaml", text, new DaemonOptions { NodeName = "a" }, list);
        problems = list.IsEmpty ? "" : list.ToString();
        return read.Policy;
    }
}
