using System.Net;
using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.TestSupport;
using static Weft.NetDaemon.Tests.Kernel.PublishingNode;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Ports published on a container's own node while br_netfilter is on, with real packets; and what the node keeps for it.</summary>
public sealed class HairpinLinksTests
{
    private const int HostPort = 8080;
    private const int OtherPort = 8081;
    private const int ContainerPort = 80;

    [KernelFact]
    public async Task The_switch_is_followed_both_ways_while_containers_run()
    {
        await using PublishingNode lab = await StartAsync(bridgeNetfilter: false);
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        PublishedContainer other = await AddServingAsync(lab, "other", OtherPort);
        await RequireAllAsync(lab, web, other);
        Assert.Empty(Traces(lab));

        lab.Node.SwitchBridgeNetfilter(true);
        Assert.NotEqual(0, lab.Node.Reconcile().Operations);
        Assert.Equal(0, lab.Node.Reconcile().Operations);
        Assert.NotEmpty(Traces(lab));
        await RequireAllAsync(lab, web, other);
        Assert.Empty((await lab.Node.Service.CheckAsync(web.Record.Key)).Problems);

        lab.Node.SwitchBridgeNetfilter(false);
        Assert.NotEqual(0, lab.Node.Reconcile().Operations);
        Assert.Equal(0, lab.Node.Reconcile().Operations);
        Assert.Empty(Traces(lab));
        await RequireAllAsync(lab, web, other);
    }

    [KernelTheory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public async Task A_running_flow_of_a_container_to_its_own_port_loses_at_most_one_datagram_to_each_turn_of_the_switch(string node)
    {
        await using PublishingNode lab = await StartAsync(bridgeNetfilter: false);
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        await AwaitLinksAsync(web, web);
        using Socket flow = Talk.Open(web.Space, Udp, IPAddress.Parse(node));
        await flow.ConnectAsync(IPAddress.Parse(node), HostPort);
        await ExchangeAsync(lost: 0);

        foreach (bool on in (bool[])[true, false, true])
        {
            lab.Node.SwitchBridgeNetfilter(on);
            Assert.NotEqual(0, lab.Node.Reconcile().Operations);
            // The first packet by another device ends what conntrack knew of the flow (nf_nat_oif_changed), and the next one begins it anew.
            await ExchangeAsync(lost: 1);
            await ExchangeAsync(lost: 0);
        }

        async Task ExchangeAsync(int lost)
        {
            const int sent = 4;
            for (int i = 0; i < sent; i++)
            {
                await flow.SendAsync("?"u8.ToArray());
            }
            using var limit = new CancellationTokenSource(Programs.DefaultLimit);
            for (int i = 0; i < sent - lost; i++)
            {
                Assert.NotEqual(0, await flow.ReceiveAsync(new byte[64], limit.Token));
            }
        }
    }

    [KernelTheory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public async Task A_connection_of_a_container_to_its_own_port_that_begins_after_the_switch_was_turned_goes_on(string node)
    {
        await using PublishingNode lab = await StartAsync(bridgeNetfilter: false);
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort));
        using Socket listener = web.Space.Open(() => new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true });
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, ContainerPort));
        listener.Listen();
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);

        foreach (bool on in (bool[])[true, false, true])
        {
            lab.Node.SwitchBridgeNetfilter(on);
            Assert.NotEqual(0, lab.Node.Reconcile().Operations);
            using Socket client = Talk.Open(web.Space, Tcp, IPAddress.Parse(node));
            await client.ConnectAsync(new IPEndPoint(IPAddress.Parse(node), HostPort), limit.Token);
            using Socket server = await listener.AcceptAsync(limit.Token);
            await PassAsync(client, server);
            Assert.Equal(0, lab.Node.Reconcile().Operations);
            await PassAsync(server, client);
            await PassAsync(client, server);
        }

        async Task PassAsync(Socket from, Socket to)
        {
            await from.SendAsync("?"u8.ToArray(), limit.Token);
            Assert.Equal(1, await to.ReceiveAsync(new byte[64], limit.Token));
        }
    }

    [KernelFact]
    public async Task An_ADD_follows_the_switch_without_waiting_for_the_next_look()
    {
        await using PublishingNode lab = await StartAsync(bridgeNetfilter: false);
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        lab.Node.SwitchBridgeNetfilter(true);
        PublishedContainer other = await AddServingAsync(lab, "other", OtherPort);
        await RequireAllAsync(lab, web, other);
        Assert.Equal(0, lab.Node.Reconcile().Operations);

        lab.Node.SwitchBridgeNetfilter(false);
        await lab.AddAsync("third");
        Assert.Empty(Traces(lab));
        Assert.Equal(0, lab.Node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task What_a_container_needs_goes_with_its_DEL()
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        await AddServingAsync(lab, "other", OtherPort);
        Assert.Equal(4, Neighbours(lab).Count);

        await lab.RemoveAsync(web);

        Assert.Equal(["10.83.0.2", "fd00:57::2"], Neighbours(lab));
        Assert.Equal(0, lab.Node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task Another_weftd_with_the_same_state_sends_nothing()
    {
        await using PublishingNode lab = await StartAsync(NftablesOwner.Off);
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        PublishedContainer other = await AddServingAsync(lab, "other", OtherPort);
        await lab.Node.StopKernelAsync();

        await using NodeKernel next = NodeKernel.Open(NftablesOwner.Off, new RecordingLogger<NodeKernel>(), lab.Node.Namespace.Namespace);
        Assert.Empty(next.Reconcile(lab.Node.Catalog.Current, lab.Node.Blocks, lab.Node.Table.All).Changes);

        await RequireAllAsync(lab, web, other);
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "ip link del weft1h", "the link weft1h, by which containers of weft1 reach ports published here while br_netfilter is on, is missing" },
        { "ip link set weft1h down", "the link weft1h is down, and should be up" },
        { "ip link set weft1h mtu 1280", "" },
        { "ip link set weft1h address 02:00:00:00:00:01", "" },
        { "ip link set weft1h type macvlan mode private", "" },
        { "ip addr flush dev weft1h", "" },
        { "ip link set weft1 down", "the bridge weft1 is down, and should be up" },
        { "ip link del weft1", "the bridge weft1 of network default is missing" },
        { "ip rule del pref 870", "the rule for 10.83.0.1, iif weft1 lookup 87000001, is missing" },
        { "ip -6 rule del pref 870", "the rule for fd00:57::1, iif weft1 lookup 87000001, is missing" },
        { "ip route flush table 87000001", "the route to 10.83.0.1 by weft1h is missing in table 87000001" },
        { "ip -6 route flush table 87000001", "the route to fd00:57::1 by weft1h is missing in table 87000001" },
        { "ip neigh del 10.83.0.1 dev weft1h", "the neighbour entry 10.83.0.1 at 06:57:0a:53:00:01 on weft1h is missing" },
        { "ip neigh replace fd00:57::1 lladdr 02:00:00:00:00:01 dev weft1h nud permanent", "the neighbour entry fd00:57::1 at 06:57:0a:53:00:01 on weft1h is missing" },
        { "ip route add 10.99.0.0/24 dev weft1h table 87000001 proto 87", "" },
        { "ip rule add pref 871 iif weft1 lookup 87000001 protocol 87", "" },
    };

    [KernelTheory]
    [MemberData(nameof(Damages))]
    public async Task What_others_change_is_named_by_CHECK_and_repaired_by_the_next_look(string damage, string problem)
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        PublishedContainer other = await AddServingAsync(lab, "other", OtherPort);
        string before = string.Join('\n', Traces(lab));

        lab.Node.Namespace.Sh(damage);
        if (problem.Length > 0)
        {
            Assert.Contains(problem, (await lab.Node.Service.CheckAsync(web.Record.Key)).Problems);
        }
        ReconcileReport repair = lab.Node.Reconcile();

        Assert.Empty(repair.Problems);
        Assert.Null(lab.Node.Kernel.HairpinProblem);
        Assert.NotEqual(0, repair.Operations);
        Assert.Empty(lab.Node.Reconcile().Changes);
        Assert.Equal(before, string.Join('\n', Traces(lab)));
        Assert.Empty((await lab.Node.Service.CheckAsync(web.Record.Key)).Problems);
        await RequireAllAsync(lab, web, other);
    }

    [KernelTheory]
    [InlineData("ip link del weft1h")]
    [InlineData("ip link set weft1h type macvlan mode private")]
    [InlineData("ip rule del pref 870")]
    [InlineData("ip -6 route flush table 87000001")]
    [InlineData("ip neigh del 10.83.0.1 dev weft1h")]
    public async Task What_others_take_away_is_noticed_at_once(string damage)
    {
        await using PublishingNode lab = await StartAsync();
        await AddServingAsync(lab, "web", HostPort);
        string before = string.Join('\n', Traces(lab));
        lab.Node.Reconciler.Watch();

        lab.Node.Namespace.Sh(damage);

        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        while (before != string.Join('\n', Traces(lab)))
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    [KernelFact]
    public async Task What_belongs_to_others_is_never_touched()
    {
        await using PublishingNode lab = await StartAsync();
        foreach (string line in (string[])
        [
            "ip link add weft9h link up0 type macvlan mode private",
            "ip link add weft8h link up0 type macvlan mode private",
            "ip link set weft8h alias somebody-else",
            "ip rule add pref 870 iif up0 lookup 87000001",
            "ip -6 rule add pref 869 iif weft1 lookup 4242",
            "ip route add 10.98.0.0/24 dev up0 table 87000001",
            "ip neigh add 10.83.200.200 lladdr 02:00:00:00:00:0a dev weft1h nud permanent",
        ])
        {
            lab.Node.Namespace.Sh(line);
        }
        string before = Everything();

        Assert.Equal(0, lab.Node.Reconcile().Operations);
        Assert.Equal(before, Everything());
        lab.Node.SwitchBridgeNetfilter(false);
        Assert.NotEqual(0, lab.Node.Reconcile().Operations);

        Assert.Contains("iif up0 lookup 87000001", lab.Node.Namespace.Sh("ip rule"), StringComparison.Ordinal);
        Assert.Contains("iif weft1 lookup 4242", lab.Node.Namespace.Sh("ip -6 rule"), StringComparison.Ordinal);
        Assert.Contains("10.98.0.0/24", lab.Node.Namespace.Sh("ip route show table 87000001"), StringComparison.Ordinal);
        Assert.Equal(["weft8h", "weft9h"], lab.Node.Links().Where(l => l.EndsWith('h')));

        string Everything() => lab.Node.Namespace.Sh("ip -d link show type macvlan") + lab.Node.Namespace.Sh("ip rule") + lab.Node.Namespace.Sh("ip -6 rule")
            + lab.Node.Namespace.Sh("ip route show table all") + lab.Node.Namespace.Sh("ip neigh show nud permanent");
    }

    [KernelFact]
    public async Task A_link_of_somebody_else_with_the_name_is_left_alone_and_told_of()
    {
        await using PublishingNode lab = await StartAsync(bridgeNetfilter: false);
        lab.Node.Namespace.Sh("ip link add weft1h type bridge");
        lab.Node.SwitchBridgeNetfilter(true);

        await lab.Node.Reconciler.RunAsync(ReconcileCause.Periodic);

        Assert.Contains("need the link weft1h", lab.Node.Kernel.HairpinProblem, StringComparison.Ordinal);
        Assert.Equal("bridge", lab.Node.Link("weft1h")!.Kind);
        // Everything else works.
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        Assert.Equal("web 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, HostPort));
        Assert.Equal("", lab.Node.Namespace.Sh("ip rule show pref 870"));

        lab.Node.Namespace.Sh("ip link del weft1h");
        lab.Node.Reconcile();
        Assert.Null(lab.Node.Kernel.HairpinProblem);
        Assert.StartsWith("web ", await Talk.AskAsync(web.Space, Tcp, Node4, HostPort), StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task The_node_filters_by_reverse_path_as_strictly_as_it_likes()
    {
        await using PublishingNode lab = await StartAsync();
        lab.Node.Namespace.Sh("sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1");
        await RequireAllAsync(lab, await AddServingAsync(lab, "web", HostPort), await AddServingAsync(lab, "other", OtherPort));
    }

    [KernelFact]
    public async Task Limits_in_both_directions_stay_on_the_way()
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        PublishedContainer other = await AddServingAsync(lab, "other", OtherPort);
        var limits = new Bandwidth { EgressRate = 50_000_000, IngressRate = 50_000_000 };
        foreach (PublishedContainer container in (PublishedContainer[])[web, other])
        {
            container.Record.Options.Bandwidth = limits;
            lab.Node.Kernel.Limit(container.Record);
        }

        await RequireAllAsync(lab, web, other);

        foreach (string what in (string[])["class show dev weft-shape", $"qdisc show dev {web.Record.HostInterface}", $"qdisc show dev {other.Record.HostInterface}"])
        {
            Assert.DoesNotContain("Sent 0 bytes", lab.Node.Namespace.Sh($"tc -s {what}").Split("clsact")[0], StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task Frames_with_a_forged_source_are_dropped_as_ever()
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort), Port(Udp, HostPort, ContainerPort));
        EchoServer served = lab.Serve(web, Udp, ContainerPort);
        lab.Serve(web, Tcp, ContainerPort);
        PublishedContainer forger = await lab.AddAsync("forger");
        PublishedContainer victim = await lab.AddAsync("victim");
        lab.Serve(lab.Node.Namespace, "fence", Tcp, Node4, 5300);
        await AwaitLinksAsync(web, forger);
        IPAddress stolen = victim.Record.Addresses[0].Address;
        forger.Space.Sh($"ip addr add {stolen}/32 dev eth0");

        using (Socket socket = Talk.Open(forger.Space, Udp, Node4))
        {
            socket.Bind(new IPEndPoint(stolen, 0));
            socket.SendTo("?"u8, new IPEndPoint(Node4, HostPort));
            socket.SendTo("?"u8, new IPEndPoint(web.Record.Addresses[0].Address, ContainerPort));
        }
        // Sent behind them, and answered: so both have been dealt with.
        Assert.StartsWith("fence", await Talk.AskAsync(forger.Space, Tcp, Node4, 5300), StringComparison.Ordinal);
        Assert.Equal(0, served.Received);
    }

    [KernelFact]
    public async Task A_container_gets_nowhere_by_sending_to_the_links_own_MAC()
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await lab.AddAsync("web");
        EchoServer inside = lab.Serve(web, Udp, ContainerPort);
        lab.Serve(web, Tcp, ContainerPort);
        EchoServer outside = lab.Serve(lab.World, "world", Udp, IPAddress.Any, ContainerPort);
        EchoServer node = lab.Serve(lab.Node.Namespace, "node", Udp, IPAddress.Any, 5301);
        PublishedContainer sly = await lab.AddAsync("sly");
        lab.Serve(lab.Node.Namespace, "fence", Tcp, Node4, 5300);
        await AwaitLinksAsync(web, sly);
        MacAddress bridge = lab.Node.Link("weft1")!.Mac!.Value;

        sly.Space.Sh($"ip neigh replace 169.254.1.1 lladdr {lab.Node.Link("weft1h")!.Mac} dev eth0 nud permanent");
        using (Socket socket = Talk.Open(sly.Space, Udp, Node4))
        {
            socket.SendTo("?"u8, new IPEndPoint(web.Record.Addresses[0].Address, ContainerPort));
            socket.SendTo("?"u8, new IPEndPoint(World4, ContainerPort));
            socket.SendTo("?"u8, new IPEndPoint(Node4, 5301));
        }
        sly.Space.Sh($"ip neigh replace 169.254.1.1 lladdr {bridge} dev eth0 nud permanent");

        Assert.StartsWith("fence", await Talk.AskAsync(sly.Space, Tcp, Node4, 5300), StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), (inside.Received, outside.Received, node.Received));
    }

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Traffic_between_containers_is_judged_in_forward_either_way(bool bridgeNetfilter)
    {
        await using PublishingNode lab = await StartAsync(NftablesOwner.Off, bridgeNetfilter);
        PublishedContainer web = await AddServingAsync(lab, "web", HostPort);
        PublishedContainer other = await AddServingAsync(lab, "other", OtherPort);
        IPAddress address = web.Record.Addresses[0].Address;
        await AwaitLinksAsync(web, other);
        Assert.Equal("web 10.83.0.2", await Talk.AskAsync(other.Space, Udp, address, ContainerPort));

        // No endpoint any more, for the rules alone: fail closed.
        lab.Node.Namespace.Sh($"nft delete element inet weft endpoints4 {{ {address} }}");
        using Socket socket = Talk.Open(other.Space, Udp, address);
        socket.SendTo("?"u8, new IPEndPoint(address, ContainerPort));
        socket.SendTo("?"u8, new IPEndPoint(Node4, HostPort));

        Assert.Equal("web 2001:db8::2", await Talk.AskAsync(lab.World, Udp, Node6, HostPort));
        Assert.Contains("ip daddr != @endpoints4 ip daddr != @moved4 counter packets 2 ", lab.Node.Namespace.Sh("nft list chain inet weft containers"), StringComparison.Ordinal);
    }

    private static async Task<PublishedContainer> AddServingAsync(PublishingNode lab, string name, int hostPort)
    {
        PublishedContainer container = await lab.AddAsync(name, Port(Tcp, hostPort, ContainerPort), Port(Udp, hostPort, ContainerPort));
        lab.Serve(container, Tcp, ContainerPort);
        lab.Serve(container, Udp, ContainerPort);
        return container;
    }

    /// <summary>TCP repeats what a link loses that has only just come up; UDP does not.</summary>
    private static async Task AwaitLinksAsync(PublishedContainer server, PublishedContainer client) =>
        Assert.StartsWith(server.Name, await Talk.AskAsync(client.Space, Tcp, server.Record.Addresses[0].Address, ContainerPort), StringComparison.Ordinal);

    /// <summary>Every way to a published port and between containers.</summary>
    private static async Task RequireAllAsync(PublishingNode lab, PublishedContainer web, PublishedContainer other)
    {
        foreach (byte protocol in (byte[])[Tcp, Udp])
        {
            foreach ((IPAddress node, IPAddress world, int of, string self) in ((IPAddress, IPAddress, int, string)[])
                [(Node4, World4, 0, "169.254.1.1"), (Node6, World6, 1, Node6.ToString())])
            {
                Assert.Equal($"web {other.Record.Addresses[of].Address}", await Talk.AskAsync(other.Space, protocol, node, HostPort));
                Assert.Equal($"other {web.Record.Addresses[of].Address}", await Talk.AskAsync(web.Space, protocol, node, OtherPort));
                Assert.Equal($"web {self}", await Talk.AskAsync(web.Space, protocol, node, HostPort));
                Assert.Equal($"web {world}", await Talk.AskAsync(lab.World, protocol, node, HostPort));
                Assert.Equal($"web {node}", await Talk.AskAsync(lab.Node.Namespace, protocol, node, HostPort));
                Assert.Equal($"web {other.Record.Addresses[of].Address}", await Talk.AskAsync(other.Space, protocol, web.Record.Addresses[of].Address, ContainerPort));
            }
        }
    }

    private static List<string> Neighbours(PublishingNode lab)
    {
        using RouteSocket routes = lab.Node.Namespace.OpenRoute();
        return [.. routes.Neighbours(linkIndex: routes.LinkByName("weft1h")!.Index).Where(n => n.State.HasFlag(NeighbourState.Permanent)).Select(n => n.Address.ToString()).Order(StringComparer.Ordinal)];
    }

    /// <summary>All that is in the kernel for it, without indexes.</summary>
    private static List<string> Traces(PublishingNode lab)
    {
        using RouteSocket routes = lab.Node.Namespace.OpenRoute();
        LinkInfo? link = routes.LinkByName("weft1h");
        return
        [
            .. link is null ? [] : (string[])[$"{link.Kind} {link.Macvlan} {link.IsUp} {link.Mac} {link.Mtu} {link.Alias}"],
            .. routes.Addresses().Where(a => a.LinkIndex == link?.Index).Select(a => $"address {a.Address}").Order(StringComparer.Ordinal),
            .. routes.Rules().Where(r => r.Protocol == RouteProtocol.Weft).Select(r => $"{r.Family} {r.Priority} iif {r.InputInterface} {r.Table}").Order(StringComparer.Ordinal),
            .. routes.Routes().Where(r => r.Table is not (RouteTable.Main or RouteTable.Local) && r.Protocol == RouteProtocol.Weft).Select(r => $"{r.Destination} {r.Table} {r.LinkIndex == link?.Index}").Order(StringComparer.Ordinal),
            .. routes.Neighbours().Where(n => n.LinkIndex == link?.Index && n.State.HasFlag(NeighbourState.Permanent)).Select(n => $"{n.Address} {n.Mac}").Order(StringComparer.Ordinal),
        ];
    }
}
