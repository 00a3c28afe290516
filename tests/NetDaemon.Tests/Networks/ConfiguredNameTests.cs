using CsCheck;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Tests.Networks;

public sealed class ConfiguredNameTests
{
    private static readonly Gen<string> CniNames =
        from first in Gen.Char["ABCxyz019"]
        from rest in Gen.Char["ABCabc019_.-"].Array[0, 120]
        select first + new string(rest);

    [Theory]
    [InlineData("weft", "weft")]
    [InlineData("k8s-pod-network", "k8s-pod-network")]
    [InlineData("0", "0")]
    [InlineData("my_net", "my-net-2a088c6c")]
    [InlineData("cbr0.1", "cbr0-1-e0a30fe8")]
    [InlineData("MyNet", "mynet-48b7b7ac")]
    [InlineData("net-", "net-70cc39f6")]
    public void A_configurations_network_is_called_like_it_or_as_nearly_as_can_be(string configuration, string network) =>
        Assert.Equal(network, ConfiguredName.Of(configuration));

    [Fact]
    public void Every_CNI_name_has_a_valid_name_for_its_network() => CniNames.Sample(name =>
        ResourceName.IsLabel(ConfiguredName.Of(name)) && ResourceName.IsLabel(ConfiguredName.Of(name, 1)) && ConfiguredName.Of(name) == ConfiguredName.Of(name));

    [Fact]
    public void Names_that_look_alike_are_told_apart()
    {
        string[] names = ["my_net", "my.net", "my-net", "My-net", "my__net", "my_net_", new('a', 64), new('a', 65), new string('a', 64) + "b"];

        Assert.Equal(names.Length, names.Select(n => ConfiguredName.Of(n)).Distinct().Count());
    }

    [Fact]
    public void A_name_that_another_configurations_network_has_is_passed_over()
    {
        string taken = ConfiguredName.Of("my_net");

        Assert.Equal(taken, ConfiguredName.Choose("my_net", _ => null));
        Assert.Equal(taken, ConfiguredName.Choose("my_net", _ => ""));
        Assert.Equal(taken, ConfiguredName.Choose("my_net", _ => "my_net"));
        string other = ConfiguredName.Choose("my_net", name => name == taken ? "mynet.1" : null);
        Assert.NotEqual(taken, other);
        Assert.True(ResourceName.IsLabel(other));
        Assert.StartsWith("weft-", ConfiguredName.Choose("weft", name => name == "weft" ? "Weft" : null), StringComparison.Ordinal);
    }
}
