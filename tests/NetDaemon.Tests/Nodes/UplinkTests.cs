using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Nodes;

public sealed class UplinkTests
{
    [Theory]
    [InlineData(1500, "192.0.2.1", 1450)]
    [InlineData(1500, "192.0.2.1 2001:db8::1", 1450)]
    [InlineData(1500, "2001:db8::1", 1430)]
    [InlineData(1500, "", 1450)]
    [InlineData(9000, "192.0.2.1", 8950)]
    [InlineData(1300, "192.0.2.1", 1280)]
    public void Containers_leave_room_for_a_tunnel(int mtu, string addresses, int expected) =>
        Assert.Equal(expected, new Uplink("eth0", mtu, [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)]).ContainerMtu);

    [KernelFact]
    public void The_uplink_is_where_the_best_default_route_leads()
    {
        using var node = new TestNamespace();
        node.Sh("ip link add slow type veth peer name slow1");
        node.Sh("ip link add fast type veth peer name fast1");
        foreach (string name in (string[])["slow", "slow1", "fast", "fast1"])
        {
            node.Sh($"ip link set {name} up");
        }
        node.Sh("ip link set fast mtu 1400");
        node.Sh("ip addr add 192.0.2.1/24 dev fast");
        node.Sh("ip addr add 198.51.100.1/24 dev slow");
        node.Sh("ip route add default via 198.51.100.254 metric 200");
        node.Sh("ip route add default via 192.0.2.254 metric 100");
        node.Sh("ip route add default via 198.51.100.254 table 77");

        Assert.Equal("fast 1400 192.0.2.1", Text(Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace)));
        Assert.Equal("slow 1500 198.51.100.1", Text(Uplink.Find(new UnderlayChoice { Interface = "slow" }, node.Namespace)));
        Assert.Equal(["192.0.2.0/24"], Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace).Segments.Select(s => s.ToString()));
        node.Sh("ip addr add 203.0.113.7/32 dev fast");
        Assert.Equal(["192.0.2.0/24"], Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace).Segments.Select(s => s.ToString()));
        node.Sh("ip addr del 203.0.113.7/32 dev fast");
        node.Sh("ip route del default metric 100");
        Assert.Equal("slow 1500 198.51.100.1", Text(Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace)));
    }

    [KernelFact]
    public void The_uplink_is_chosen_by_what_it_leads_to_by_pattern_or_by_address()
    {
        using var node = new TestNamespace();
        foreach ((string name, int net) in ((string, int)[])[("en0", 1), ("en1", 2), ("ob0", 3)])
        {
            node.Sh($"ip link add {name} mtu {1500 - net} type veth peer name {name}p");
            node.Sh($"ip link set {name} up");
            node.Sh($"ip link set {name}p up");
            node.Sh($"ip addr add 192.0.{net}.1/24 dev {name}");
            node.Sh($"ip addr add 2001:db8:{net}::1/64 dev {name} nodad");
        }
        // Deleted first: with the first address of a prefix, the others go.
        node.Sh("ip addr del 192.0.1.1/24 dev en0");
        node.Sh("ip addr add 192.0.1.9/24 dev en0");
        node.Sh("ip addr add 192.0.1.1/24 dev en0");
        node.Sh("ip route add default via 192.0.1.254 src 192.0.1.1");
        node.Sh("ip route add 198.51.100.0/24 via 192.0.2.254");
        node.Sh("ip -6 route add default via 2001:db8:3::254");

        Assert.Equal("en0 1497 192.0.1.1 192.0.1.9 2001:db8:3::1", Find(new UnderlayChoice()));     // each family by its own default route
        Assert.Equal("en1 1498 192.0.2.1 2001:db8:2::1", Find(new UnderlayChoice { RouteTo = [IPAddress.Parse("198.51.100.7")] }));
        Assert.Equal("en1 1497 192.0.2.1 2001:db8:3::1", Find(new UnderlayChoice { RouteTo = [IPAddress.Parse("198.51.100.7"), IPAddress.Parse("2001:db8:9::9")] }));
        Assert.Equal("ob0 1497 192.0.3.1 2001:db8:3::1", Find(new UnderlayChoice { Interface = "o?0" }));
        Assert.Equal("en0 1499 192.0.1.9 192.0.1.1 2001:db8:1::1", Find(new UnderlayChoice { Interface = "en*" }));
        Assert.Equal("en1 1497 192.0.2.1 2001:db8:3::1", Find(new UnderlayChoice { Addresses = [IPAddress.Parse("192.0.2.1")] }));
        Uplink translated = Uplink.Find(new UnderlayChoice { Interface = "en1", Addresses = [IPAddress.Parse("203.0.113.5")] }, node.Namespace);
        Assert.Equal("en1 1498 203.0.113.5 2001:db8:2::1", Text(translated));
        Assert.Equal(["192.0.2.1", "2001:db8:2::1"], translated.OwnAddresses.Select(a => a.ToString()));

        string Find(UnderlayChoice choice) => Text(Uplink.Find(choice, node.Namespace));
    }

    [KernelFact]
    public void A_node_with_IPv6_alone_has_an_uplink()
    {
        using var node = new TestNamespace();
        node.Sh("ip link add up0 type veth peer name up1");
        node.Sh("ip link set up0 up");
        node.Sh("ip link set up1 up");
        node.Sh("ip addr add 2001:db8::1/64 dev up0 nodad");
        node.Sh("ip -6 route add default via 2001:db8::2");
        node.Sh("ip route add unreachable default");

        Assert.Equal("up0 1500 2001:db8::1", Text(Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace)));
    }

    [KernelFact]
    public void Without_a_way_out_the_node_says_what_that_means()
    {
        using var node = new TestNamespace();
        Assert.Equal(" 1500 ", Text(Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace)));
        Assert.Equal("absent 1500 ", Text(Uplink.Find(new UnderlayChoice { Interface = "absent" }, node.Namespace)));
        Assert.Equal((Health.Degraded, "no default route"), Report(Uplink.Find(UnderlayChoice.ByDefaultRoute, node.Namespace), "no default route"));
        Assert.Equal((Health.Degraded, "absent"), Report(Uplink.Find(new UnderlayChoice { Interface = "absent" }, node.Namespace), "absent"));
        Assert.Equal((Health.Ok, "eth0, MTU 1500"), Report(new Uplink("eth0", 1500, [IPAddress.Parse("192.0.2.1")]), "eth0, MTU 1500"));
    }

    private static string Text(Uplink uplink) => $"{uplink.Name} {uplink.Mtu} {string.Join(' ', uplink.Addresses)}";

    private static (Health Health, string Message) Report(Uplink uplink, string expected)
    {
        var board = new HealthBoard(TimeProvider.System);
        uplink.Report(board);
        var reply = new StatusReply();
        board.FillIn(reply);
        Condition condition = Assert.Single(reply.Conditions);
        return (condition.Health, condition.Message.Contains(expected, StringComparison.Ordinal) ? expected : condition.Message);
    }
}
