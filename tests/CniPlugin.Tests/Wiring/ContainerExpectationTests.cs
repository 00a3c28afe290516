using System.Net;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Wiring;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Tests.Wiring;

public sealed class ContainerExpectationTests
{
    private static readonly CniResult Added = Replies.Result();

    private static readonly ContainerState Sound = new()
    {
        Exists = true,
        IsUp = true,
        Mac = MacAddress.Parse("02:57:00:00:00:03"),
        Mtu = Replies.DualStack().Mtu,
        Addresses = [(IPAddress.Parse("10.83.0.5"), 32), (IPAddress.Parse("fd83::5"), 128), (IPAddress.Parse("10.9.9.9"), 24)],
        Routes = [(IPNetwork.Parse("0.0.0.0/0"), IPAddress.Parse("169.254.1.1")), (IPNetwork.Parse("::/0"), IPAddress.Parse("fe80::1"))],
        Neighbours = [(IPAddress.Parse("169.254.1.1"), MacAddress.Parse("02:57:00:00:00:01")), (IPAddress.Parse("fe80::1"), MacAddress.Parse("02:57:00:00:00:01"))],
    };

    [Fact]
    public void A_container_as_ADD_left_it_has_no_problem_and_further_addresses_are_none() => Assert.Empty(Compare(Sound));

    [Fact]
    public void A_missing_interface_is_the_only_thing_reported() =>
        Assert.Equal(["the container has no interface eth0"], Compare(new ContainerState { Exists = false }));

    [Fact]
    public void All_differences_are_reported_with_what_is_and_what_should_be() => Assert.Equal(
        [
            "eth0 in the container is down, and should be up",
            "eth0 in the container has MAC 02:57:00:00:00:99, and should have 02:57:00:00:00:03",
            $"eth0 in the container has MTU 0, and should have {Replies.DualStack().Mtu}",
            "eth0 in the container lacks its address 10.83.0.5/32",
            "eth0 in the container lacks its address fd83::5/128",
            "the container lacks its IPv4 default route via 169.254.1.1 dev eth0",
            "the container lacks its neighbour entry 169.254.1.1 lladdr 02:57:00:00:00:01 dev eth0",
            "the container lacks its IPv6 default route via fe80::1 dev eth0",
            "the container lacks its neighbour entry fe80::1 lladdr 02:57:00:00:00:01 dev eth0",
        ],
        Compare(new ContainerState { Exists = true, IsUp = false, Mac = MacAddress.Parse("02:57:00:00:00:99") }));

    [Fact]
    public void The_mac_that_a_later_plugin_set_is_the_one_that_counts()
    {
        CniResult tuned = Added with
        {
            Interfaces = [Added.Interfaces[0], Added.Interfaces[1], Added.Interfaces[2] with { Mac = "02:AA:00:00:00:01" }],
        };

        Assert.Empty(Compare(Sound with { Mac = MacAddress.Parse("02:aa:00:00:00:01") }, tuned));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    public void A_wrong_mtu_is_found(int difference, bool said)
    {
        uint right = Replies.DualStack().Mtu;
        CniResult previous = Added with
        {
            Interfaces = [Added.Interfaces[0], Added.Interfaces[1], Added.Interfaces[2] with { Mtu = said ? right : 0 }],
        };
        uint wrong = (uint)(right + difference);

        Assert.Equal([$"eth0 in the container has MTU {wrong}, and should have {right}"], Compare(Sound with { Mtu = wrong }, previous));
    }

    [Fact]
    public void A_smaller_mtu_may_be_a_later_plugins_where_the_result_does_not_say()
    {
        CniResult previous = Added with
        {
            Interfaces = [Added.Interfaces[0], Added.Interfaces[1], Added.Interfaces[2] with { Mtu = 0 }],
        };

        Assert.Empty(Compare(Sound with { Mtu = Replies.DualStack().Mtu - 100 }, previous));
    }

    [Fact]
    public void Addresses_and_routes_of_other_interfaces_are_not_ours_to_check()
    {
        CniResult chained = Added with
        {
            Addresses = [.. Added.Addresses, new ResultAddress(IPAddress.Parse("192.0.2.1"), 24, null, 1)],
            Routes = [.. Added.Routes, new ResultRoute(IPAddress.Any, 0, IPAddress.Parse("192.0.2.254"))],
        };

        Assert.Empty(Compare(Sound, chained));
    }

    private static List<string> Compare(ContainerState state, CniResult? previous = null) =>
        ContainerExpectation.From(previous ?? Added, "eth0", Replies.DualStack()).Compare(state);
}
