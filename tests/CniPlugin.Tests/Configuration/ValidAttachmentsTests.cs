using System.Text;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Tests.Configuration;

public sealed class ValidAttachmentsTests
{
    [Theory]
    [InlineData("""{"cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"},{"ContainerID":"b","IfName":"eth1"}]}""", "a eth0, b eth1")]
    [InlineData("""{"cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}],"cni.dev/attachments":[]}""", "a eth0")]
    [InlineData("""{"cni.dev/attachments":[{"containerID":"a","ifname":"eth0"}]}""", "a eth0")]
    [InlineData("""{"cni.dev/valid-attachments":[]}""", "")]
    [InlineData("""{"cni.dev/valid-attachments":null}""", "")]
    [InlineData("""{"cni.dev/valid-attachments":null,"cni.dev/attachments":[{"containerID":"a","ifname":"eth0"}]}""", "")]
    [InlineData("""{"cni.dev/attachments":null}""", "")]
    public void The_list_is_read_by_its_newer_name_and_null_means_none(string json, string expected) =>
        Assert.Equal(expected, string.Join(", ", Read(json, out _).Select(static a => $"{a.ContainerId} {a.InterfaceName}")));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"cni.dev/valid-attachments":{}}""")]
    [InlineData("""{"cni.dev/valid-attachments":"none"}""")]
    [InlineData("""{"cni.dev/valid-attachments":[null]}""")]
    [InlineData("""{"cni.dev/valid-attachments":[{"containerID":"a"}]}""")]
    [InlineData("""{"cni.dev/valid-attachments":[{"containerID":"../a","ifname":"eth0"}]}""")]
    [InlineData("""{"cni.dev/valid-attachments":[{"containerID":7,"ifname":"eth0"}]}""")]
    public void A_list_that_is_absent_or_not_understood_is_refused_rather_than_wiping_the_node(string json)
    {
        _ = Read(json, out ProblemList problems);

        Assert.Equal(CniErrorCode.InvalidConfiguration, problems.ToError().Code);
    }

    private static List<(string ContainerId, string InterfaceName)> Read(string json, out ProblemList problems)
    {
        problems = new ProblemList();
        return ValidAttachments.Read(NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(json)), problems);
    }
}
