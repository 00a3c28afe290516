using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Contracts.Cni;
using Weft.Dataplane.Conntrack;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.TestSupport;
using static Weft.NetDaemon.Tests.Kernel.PublishingNode;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Ports of the node that lead to containers, with real packets.</summary>
public sealed class PublishedPortTests
{
    private const int HostPort = 8080;
    private const int ContainerPort = 80;

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_world_a_container_and_the_node_reach_a_published_port_by_both_families_and_protocols(bool bridgeNetfilter)
    {
        await using PublishingNode lab = await StartAsync(bridgeNetfilter: bridgeNetfilter);
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort), Port(Udp, HostPort, ContainerPort));
        PublishedContainer other = await lab.AddAsync("other");
        foreach (byte protocol in (byte[])[Tcp, Udp])
        {
            lab.Serve(web, protocol, ContainerPort);
            foreach ((IPAddress node, IPAddress world, int of) in ((IPAddress, IPAddress, int)[])[(Node4, World4, 0), (Node6, World6, 1)])
            {
                // The container sees who asks, but for itself: its replies must come back through the node.
                Assert.Equal($"web {world}", await Talk.AskAsync(lab.World, protocol, node, HostPort));
                Assert.Equal($"web {other.Record.Addresses[of].Address}", await Talk.AskAsync(other.Space, protocol, node, HostPort));
                Assert.Equal($"web {node}", await Talk.AskAsync(lab.Node.Namespace, protocol, node, HostPort));
                string hairpin = await Talk.AskAsync(web.Space, protocol, node, HostPort);
                Assert.StartsWith("web ", hairpin, StringComparison.Ordinal);
                Assert.NotEqual($"web {web.Record.Addresses[of].Address}", hairpin);
            }
            // Not asked for: the loopback.
            Assert.True(await Talk.IsRefusedAsync(lab.Node.Namespace, protocol, IPAddress.Loopback, HostPort));
        }
        Assert.Equal("0", lab.Sysctl("net.ipv4.conf.weft1.route_localnet"));
        Assert.Empty(lab.Node.Reconcile().Changes);

        await lab.RemoveAsync(web);

        Assert.True(await Talk.IsRefusedAsync(lab.World, Tcp, Node4, HostPort));
        Assert.DoesNotContain("8080", lab.Node.Namespace.Sh("nft list table inet weft"), StringComparison.Ordinal);
        Assert.Empty(lab.Node.Reconcile().Changes);
    }

    [KernelFact]
    public async Task A_port_on_one_address_is_on_no_other()
    {
        await using PublishingNode lab = await StartAsync();
        lab.Node.Namespace.Sh("ip addr add 192.0.2.9/24 dev up0");
        PublishedContainer one = await lab.AddAsync("one", Port(Tcp, HostPort, ContainerPort, "192.0.2.1"));
        PublishedContainer two = await lab.AddAsync("two", Port(Tcp, HostPort, ContainerPort, "192.0.2.9"), Port(Tcp, HostPort, ContainerPort, "2001:db8::1"));
        lab.Serve(one, Tcp, ContainerPort);
        lab.Serve(two, Tcp, ContainerPort);

        Assert.Equal("one 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, HostPort));
        Assert.Equal("two 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, IPAddress.Parse("192.0.2.9"), HostPort));
        Assert.Equal("two 2001:db8::2", await Talk.AskAsync(lab.World, Tcp, Node6, HostPort));

        await lab.RemoveAsync(two);
        Assert.True(await Talk.IsRefusedAsync(lab.World, Tcp, Node6, HostPort));
        Assert.Equal("one 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, HostPort));
    }

    [KernelFact]
    public async Task All_addresses_of_one_family_leave_the_other_family_alone()
    {
        await using PublishingNode lab = await StartAsync();
        lab.Serve(await lab.AddAsync("four", Port(Tcp, HostPort, ContainerPort, "0.0.0.0")), Tcp, ContainerPort);
        Assert.True(await Talk.IsRefusedAsync(lab.World, Tcp, Node6, HostPort));
        lab.Serve(await lab.AddAsync("six", Port(Tcp, HostPort, ContainerPort, "::")), Tcp, ContainerPort);
        Assert.Equal("four 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, HostPort));
        Assert.Equal("six 2001:db8::2", await Talk.AskAsync(lab.World, Tcp, Node6, HostPort));
    }

    [KernelTheory]
    [InlineData("", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.5", false)]
    public async Task The_nodes_loopback_works_where_it_is_asked_for_and_the_switch_goes_back(string hostIp, bool loopback)
    {
        IPAddress asked = hostIp.Length > 0 ? IPAddress.Parse(hostIp) : IPAddress.Loopback;
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort, hostIp, loopback), Port(Udp, HostPort, ContainerPort, hostIp, loopback));
        lab.Serve(web, Tcp, ContainerPort);
        lab.Serve(web, Udp, ContainerPort);

        Assert.Equal("web 169.254.1.1", await Talk.AskAsync(lab.Node.Namespace, Tcp, asked, HostPort));
        Assert.Equal("web 169.254.1.1", await Talk.AskAsync(lab.Node.Namespace, Udp, asked, HostPort));
        Assert.Equal(hostIp.Length > 0, await Talk.IsRefusedAsync(lab.World, Tcp, Node4, HostPort));
        Assert.Equal(
            "1 0 0",
            string.Join(' ', ((string[])["weft1", "all", "up0"]).Select(name => lab.Sysctl($"net.ipv4.conf.{name}.route_localnet"))));
        Assert.Empty((await lab.Node.Service.CheckAsync(web.Record.Key)).Problems);

        lab.Node.Namespace.Sh("sysctl -qw net.ipv4.conf.weft1.route_localnet=0");
        Assert.Contains("route_localnet is 0", Assert.Single((await lab.Node.Service.CheckAsync(web.Record.Key)).Problems), StringComparison.Ordinal);
        Assert.Equal(["sysctl net.ipv4.conf.weft1.route_localnet=1"], lab.Node.Reconcile().Changes);

        PublishedContainer second = await lab.AddAsync("second", Port(Tcp, 9090, ContainerPort, "127.0.0.1"));
        await lab.RemoveAsync(web);
        Assert.Equal("1", lab.Sysctl("net.ipv4.conf.weft1.route_localnet"));
        await lab.RemoveAsync(second);
        Assert.Equal("0", lab.Sysctl("net.ipv4.conf.weft1.route_localnet"));
        Assert.Empty(lab.Node.Reconcile().Changes);
    }

    [KernelFact]
    public async Task Neither_a_neighbour_nor_a_container_reaches_the_loopback_while_a_port_is_published_there()
    {
        await using PublishingNode lab = await StartAsync(NftablesOwner.Off);
        PublishedContainer web = await lab.AddAsync("web", Port(Udp, HostPort, ContainerPort, "127.0.0.1"));
        EchoServer published = lab.Serve(web, Udp, ContainerPort);
        PublishedContainer attacker = await lab.AddAsync("attacker");
        EchoServer secret = lab.Serve(lab.Node.Namespace, "secret", Udp, IPAddress.Loopback, 53);
        lab.Serve(lab.Node.Namespace, "fence", Udp, Node4, 5300);
        Assert.Equal("1", lab.Sysctl("net.ipv4.conf.weft1.route_localnet"));
        IPAddress disguise = IPAddress.Parse("198.51.100.7");
        lab.World.Sh("ip route add 198.51.100.0/24 via 192.0.2.1");
        foreach (TestNamespace from in (TestNamespace[])[lab.World, attacker.Space])
        {
            // Behind the sender's own routing, which would keep such packets at home.
            from.Sh("nft add table ip disguise");
            from.Sh("nft add chain ip disguise out { type filter hook postrouting priority 300 ; }");
            from.Sh($"nft add rule ip disguise out ip daddr {disguise} ip daddr set 127.0.0.1");
        }

        await KnockAsync(lab.World);
        await KnockAsync(attacker.Space);
        Assert.Equal((0, 0), (secret.Received, published.Received));
        Assert.Contains("packets 4 ", lab.Node.Namespace.Sh("nft list chain inet weft from_wire"), StringComparison.Ordinal);

        // It is that rule: without it, the bridge's switch lets a container in.
        lab.Node.Namespace.Sh("nft flush chain inet weft from_wire");
        await KnockAsync(attacker.Space);
        Assert.NotEqual((0, 0), (secret.Received, published.Received));

        async Task KnockAsync(TestNamespace from)
        {
            using Socket socket = Talk.Open(from, Udp, disguise);
            socket.SendTo("?"u8, new IPEndPoint(disguise, 53));
            socket.SendTo("?"u8, new IPEndPoint(disguise, HostPort));
            // Sent behind them, and answered: so both have been dealt with.
            Assert.StartsWith("fence", await Talk.AskAsync(from, Udp, Node4, 5300), StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task A_container_of_another_network_reaches_a_published_port_but_not_the_container()
    {
        await using PublishingNode lab = await StartAsync();
        await lab.Node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: { name: other }
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: { name: other-v4 }
            spec: { network: other, cidr: 10.78.0.0/24 }
            """);
        lab.Node.Reconcile();
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort));
        PublishedContainer stranger = await lab.AddAsync("stranger", "other", [Port(Tcp, 9090, ContainerPort)]);
        lab.Serve(web, Tcp, ContainerPort);
        lab.Serve(stranger, Tcp, ContainerPort);

        Assert.Equal($"web {stranger.Record.Addresses[0].Address}", await Talk.AskAsync(stranger.Space, Tcp, Node4, HostPort));
        // IPv4 only: one element, of IPv4.
        Assert.Equal("stranger 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, 9090));
        Assert.True(await Talk.IsRefusedAsync(lab.World, Tcp, Node6, 9090));

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(
            () => lab.AddAsync("six", "other", [Port(Tcp, 9091, ContainerPort, "2001:db8::1")]));
        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
        Assert.Equal("tcp port 9091 of 2001:db8::1 cannot lead to a container without an IPv6 address", refused.Message);
    }

    [KernelFact]
    public async Task A_UDP_sender_that_never_pauses_reaches_whoever_has_the_port()
    {
        await using PublishingNode lab = await StartAsync();
        using Socket sender = Talk.Open(lab.World, Udp, Node4);
        // Before anybody has the port its packets are the node's own, and each one renews that entry.
        await sender.ConnectAsync(Node4, HostPort);
        await SendUntilAsync(sender, "");
        PublishedContainer first = await lab.AddAsync("first", Port(Udp, HostPort, ContainerPort));
        lab.Serve(first, Udp, ContainerPort);
        await SendUntilAsync(sender, "first 192.0.2.2");

        await lab.RemoveAsync(first);
        await SendUntilAsync(sender, "");
        PublishedContainer second = await lab.AddAsync("second", Port(Udp, HostPort, ContainerPort, "192.0.2.1"));
        lab.Serve(second, Udp, ContainerPort);
        await SendUntilAsync(sender, "second 192.0.2.2");

        // No packet between: the port moves.
        await lab.RemoveAsync(second);
        lab.Serve(await lab.AddAsync("third", Port(Udp, HostPort, ContainerPort)), Udp, ContainerPort);
        await SendUntilAsync(sender, "third 192.0.2.2");
    }

    [KernelFact]
    public async Task Flows_that_a_published_port_does_not_concern_go_on()
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer client = await lab.AddAsync("client");
        lab.Serve(lab.World, "world", Udp, IPAddress.Any, HostPort);
        lab.Serve(lab.Node.Namespace, "node", Tcp, IPAddress.Any, HostPort);
        // A container's flow to the same port of somebody else, and the node's own service.
        Assert.Equal("world 192.0.2.1", await Talk.AskAsync(client.Space, Udp, World4, HostPort));
        using Socket open = Talk.Open(lab.World, Tcp, Node4);
        await open.ConnectAsync(Node4, HostPort);
        Assert.Equal("node 192.0.2.2", await ReadAsync(open));
        using ConntrackSocket flows = ConntrackSocket.Open(lab.Node.Namespace.Namespace);

        PublishedPort[] ports = [new(Tcp, null, HostPort, IPAddress.Parse("10.83.0.9"), 80), new(Udp, null, HostPort, IPAddress.Parse("10.83.0.9"), 80)];
        List<ConntrackEntry> found = flows.Entries(new ConntrackSelection().Add(Tcp, HostPort).Add(Udp, HostPort));

        Assert.Contains(found, f => f.Original.Protocol == Tcp);
        Assert.Contains(found, f => f.Original.Protocol == Udp);
        Assert.Empty(PublishedPortFlows.Stale(found, ports, Node4.Equals));
    }

    [KernelFact]
    public async Task A_port_that_is_taken_is_refused_and_its_holder_named_until_that_one_is_gone()
    {
        await using PublishingNode lab = await StartAsync();
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort, "192.0.2.1"), Port(Udp, 53, 53));
        using var space = new TestNamespace();
        int free = lab.Node.Ledger.LoadAll().Attachments.Count;
        foreach ((PortMapping wanted, string place) in ((PortMapping, string)[])
        [
            (Port(Tcp, HostPort, 1), "tcp port 8080 of 192.0.2.1"),
            (Port(Tcp, HostPort, 1, "192.0.2.1"), "tcp port 8080 of 192.0.2.1"),
            (Port(Tcp, HostPort, 1, "0.0.0.0"), "tcp port 8080 of 192.0.2.1"),
            (Port(Udp, 53, 1, "2001:db8::1"), "udp port 53 of all addresses"),
            (Port(Udp, 53, 1, "127.0.0.1"), "udp port 53 of all addresses"),
        ])
        {
            RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => lab.Node.Service.AttachAsync(lab.Request("late", space, wanted)));
            Assert.Equal(RefusalReason.PortInUse, refused.Reason);
            Assert.Equal($"{place} leads to shop/web (container web, eth0 on weft)", refused.Message);
        }
        Assert.Equal(free, lab.Node.Ledger.LoadAll().Attachments.Count);
        await lab.AddAsync("beside", Port(Udp, HostPort, 1), Port(Tcp, HostPort, 1, "192.0.2.9"), Port(Tcp, HostPort, 1, "::"), Port(Tcp, 53, 1));

        // Its container died, and no DEL came: it gives way.
        lab.Node.Namespace.Sh($"ip link del {web.Record.HostInterface}");
        PublishedContainer late = await lab.AddAsync("late", Port(Tcp, HostPort, ContainerPort, "192.0.2.1"));
        lab.Serve(late, Tcp, ContainerPort);
        Assert.Equal("late 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, HostPort));
        Assert.False(lab.Node.Table.TryGet(web.Record.Key, out _));
        Assert.Empty(lab.Node.Reconcile().Changes);
    }

    [KernelFact]
    public async Task What_others_flush_is_named_by_CHECK_and_repaired()
    {
        await using PublishingNode lab = await StartAsync(NftablesOwner.Off);
        PublishedContainer web = await lab.AddAsync("web", Port(Tcp, HostPort, ContainerPort), Port(132, 9, 9, "192.0.2.1"));
        lab.Serve(web, Tcp, ContainerPort);
        Assert.Empty((await lab.Node.Service.CheckAsync(web.Record.Key)).Problems);
        string before = lab.Node.Namespace.Sh("nft -s list ruleset");

        lab.Node.Namespace.Sh("nft delete element inet weft published4 { sctp . 192.0.2.1 . 9 }");
        lab.Node.Namespace.Sh("nft flush map inet weft published_any6");
        Assert.Equal(
            [
                "the rules lack the element tcp . 8080 : fd00:57::1 . 80 of map published_any6 in inet weft",
                "the rules lack the element sctp . 192.0.2.1 . 9 : 10.83.0.1 . 9 of map published4 in inet weft",
            ],
            (await lab.Node.Service.CheckAsync(web.Record.Key)).Problems.Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(2, lab.Node.Reconcile().Operations);

        lab.Node.Namespace.Sh("nft flush ruleset");
        Assert.NotEmpty(lab.Node.Reconcile().Changes);
        Assert.Equal(before, lab.Node.Namespace.Sh("nft -s list ruleset"));
        Assert.Equal("web 192.0.2.2", await Talk.AskAsync(lab.World, Tcp, Node4, HostPort));

        // A weftd that starts anew finds everything as it should be.
        await lab.Node.StopKernelAsync();
        await using NodeKernel next = NodeKernel.Open(NftablesOwner.Off, new RecordingLogger<NodeKernel>(), lab.Node.Namespace.Namespace);
        Assert.Empty(next.Reconcile(lab.Node.Catalog.Current, lab.Node.Blocks, lab.Node.Table.All).Changes);
    }

    [KernelFact]
    public async Task Many_ports_are_as_many_elements_of_each_family_and_all_go()
    {
        const int Count = 3000;
        await using PublishingNode lab = await StartAsync();
        PublishedContainer many = await lab.AddAsync("many", [.. Enumerable.Range(20000, Count).Select(p => Port(Udp, p, p))]);
        using var reader = Dataplane.Nftables.NftSocket.Open(lab.Node.Namespace.Namespace);
        Assert.Equal(("published_any4", Count, "published_any6", Count), Elements());

        await lab.RemoveAsync(many);

        Assert.Equal(("published_any4", 0, "published_any6", 0), Elements());

        (string, int, string, int) Elements()
        {
            Dataplane.Nftables.NftTableState state = reader.Read(RoutedRules.Table, s => s.Name.StartsWith("published_any", StringComparison.Ordinal))!;
            var counts = state.Sets.Where(s => s.Elements is not null && s.Info.Name.StartsWith("published_any", StringComparison.Ordinal))
                .OrderBy(s => s.Info.Name, StringComparer.Ordinal).Select(s => (s.Info.Name, s.Elements!.Count)).ToArray();
            return (counts[0].Name, counts[0].Count, counts[1].Name, counts[1].Count);
        }
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        byte[] answer = new byte[64];
        return Encoding.UTF8.GetString(answer, 0, await socket.ReceiveAsync(answer, limit.Token));
    }

    /// <summary>Sends, always by the same flow, until the answer is as wanted; "" is the node's own refusal.</summary>
    private static async Task SendUntilAsync(Socket sender, string wanted)
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        byte[] answer = new byte[64];
        while (true)
        {
            string got;
            try
            {
                await sender.SendAsync("?"u8.ToArray(), limit.Token);
                got = sender.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead)
                    ? Encoding.UTF8.GetString(answer, 0, await sender.ReceiveAsync(answer, limit.Token))
                    : "-";
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                got = "";
            }
            if (got == wanted)
            {
                return;
            }
        }
    }
}
