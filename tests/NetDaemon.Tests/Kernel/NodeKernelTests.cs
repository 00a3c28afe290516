using System.Net;
using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Bringing a real kernel in line, in namespaces of the tests' own.</summary>
public sealed class NodeKernelTests
{
    [KernelFact]
    public async Task A_second_look_sends_nothing()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AssertClean(node.Reconcile());

        await node.AddAsync("c1", container.Namespace);
        AssertClean(node.Reconcile());

        await node.Service.DetachAsync(TestNode.KeyOf("c1"));
        AssertClean(node.Reconcile());
    }

    [KernelFact]
    public async Task Another_weftd_with_the_same_state_sends_nothing_either()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace);
        await node.StopKernelAsync();

        await using NodeKernel next = NodeKernel.Open(NftablesOwner.Auto, new RecordingLogger<NodeKernel>(), node.Namespace.Namespace);
        ReconcileReport report = next.Reconcile(node.Catalog.Current, node.Blocks, node.Table.All);

        // Taking the tables over is all there is to do.
        Assert.Empty(report.Problems);
        Assert.True(report.Operations <= 2, string.Join('\n', report.Changes));
        AssertClean(next.Reconcile(node.Catalog.Current, node.Blocks, node.Table.All));
    }

    public static TheoryData<string> Damages => new()
    {
        "ip link del weft1",
        "ip link set weft1 down",
        "ip link set weft1 mtu 1280",
        "ip link set weft1 address 02:00:00:00:00:01",
        "ip link set PORT down",
        "ip link set PORT nomaster",
        "ip link set PORT mtu 1280",
        "ip link set PORT address 02:00:00:00:00:01",
        "bridge link set dev PORT isolated off",
        "bridge link set dev PORT learning on",
        "bridge fdb del MAC dev PORT master",
        "ip addr flush dev weft1",
        "ip -6 addr flush dev weft1",
        "ip route flush proto 87",
        "ip -6 route flush proto 87",
        "ip route del blackhole 10.83.0.0/26",
        "ip neigh flush all nud permanent",
        "ip -6 neigh flush all nud permanent",
        "ip neigh replace 10.83.0.1 lladdr 02:00:00:00:00:01 dev weft1 nud permanent",
        "sysctl -qw net.ipv4.ip_forward=0",
        "sysctl -qw net.ipv6.conf.all.forwarding=0",
    };

    [KernelTheory]
    [MemberData(nameof(Damages))]
    public async Task What_others_change_is_repaired_by_the_next_look(string damage)
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
        Assert.Equal("10.83.0.1", record.Addresses[0].Address.ToString());
        string before = Describe(node);

        node.Namespace.Sh(damage
            .Replace("PORT", record.HostInterface, StringComparison.Ordinal)
            .Replace("MAC", new MacAddress(record.ContainerMac.Span).ToString(), StringComparison.Ordinal));
        ReconcileReport repair = node.Reconcile();

        Assert.Empty(repair.Problems);
        Assert.NotEqual(0, repair.Operations);
        AssertClean(node.Reconcile());
        Assert.Equal(before, Describe(node));
        Assert.Empty((await node.Service.CheckAsync(TestNode.KeyOf("c1"))).Problems);
    }

    [KernelFact]
    public async Task What_belongs_to_others_is_never_touched()
    {
        await using TestNode node = await TestNode.StartAsync();
        foreach (string line in (string[])
        [
            "ip link add weft9 type bridge",
            "ip link add weft8 type bridge",
            "ip link set weft8 alias somebody-else",
            "ip link add wftbridge type bridge",
            "ip link add eth0 type veth peer name eth1",
            "ip link set eth0 up",
            "ip link set eth1 up",
            "ip addr add 192.0.2.1/24 dev eth0",
            "ip route add 10.83.7.0/24 dev eth0",
            "ip route add blackhole 198.51.100.0/24",
            "ip -6 route add blackhole 2001:db8:9::/48",
            "ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent",
            "ip neigh add 10.83.200.200 lladdr 02:00:00:00:00:0a dev weft1 nud permanent",
            "ip addr add 192.0.2.33/32 dev weft1",
            "nft add table inet mine",
            "nft add chain inet mine forward { type filter hook forward priority 0 ; }",
            "nft add rule inet mine forward ip daddr 10.83.0.0/16 counter accept",
            "nft add table bridge mine",
        ])
        {
            node.Namespace.Sh(line);
        }
        string rules = node.Namespace.Sh("nft list ruleset");
        string before = Describe(node);

        AssertClean(node.Reconcile());

        Assert.Equal(before, Describe(node));
        Assert.Equal(rules, node.Namespace.Sh("nft list ruleset"));
    }

    [KernelFact]
    public async Task A_bridge_name_that_somebody_else_has_is_reported_and_left_alone()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Namespace.Sh("ip link add weft2 type veth peer name other");
        await node.ApplyAsync("{apiVersion: weft.dev/v1, kind: Network, metadata: {name: lab}, spec: {}}");

        ReconcileReport report = node.Reconcile();

        string problem = Assert.Single(report.Problems);
        Assert.Contains("lab", problem, StringComparison.Ordinal);
        Assert.Contains("weft2", problem, StringComparison.Ordinal);
        Assert.Equal("veth", node.Link("weft2")!.Kind);
        Assert.True(node.Catalog.Current.TryGet("lab", out NetworkView? lab));
        Assert.Equal(RefusalReason.NotReady, Assert.Throws<RefusedException>(() => node.Kernel.RequireBridge(lab)).Reason);
        Assert.True(node.Catalog.Current.TryGet("default", out NetworkView? other));
        Assert.NotEqual(0, node.Kernel.RequireBridge(other));
    }

    [KernelFact]
    public async Task Leftovers_with_our_marks_are_removed()
    {
        await using TestNode node = await TestNode.StartAsync();
        await node.ApplyAsync("{apiVersion: weft.dev/v1, kind: Network, metadata: {name: lab}, spec: {}}");
        node.Reconcile();
        Assert.NotNull(node.Link("weft2"));
        string[] wanted = ["weft1"];
        await node.DeleteAsync("Network", "lab");
        node.Namespace.Sh("ip link add wftleftover type veth peer name peer");
        node.Namespace.Sh("ip route add 10.83.9.9/32 dev weft1 proto 87");
        node.Namespace.Sh("ip route add blackhole 10.83.9.64/26 proto 87");
        node.Namespace.Sh("ip -6 route add blackhole fd00:57:0:9::/122 proto 87");
        node.Namespace.Sh("ip neigh add 10.83.9.9 lladdr 02:00:00:00:00:09 dev weft1 nud permanent protocol 87");

        Assert.Empty(node.Reconcile().Problems);

        Assert.Equal(wanted, node.Links());
        string routes = node.Namespace.Sh("ip route show proto 87") + node.Namespace.Sh("ip -6 route show proto 87");
        Assert.DoesNotContain("10.83.9.", routes, StringComparison.Ordinal);
        Assert.DoesNotContain("fd00:57:0:9:", routes, StringComparison.Ordinal);
        Assert.Equal("", node.Namespace.Sh("ip neigh show nud permanent dev weft1"));
        AssertClean(node.Reconcile());
    }

    [KernelFact]
    public async Task An_attachment_that_is_being_wired_is_left_to_its_plugin()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachReply reply = await node.Service.AttachAsync(node.Request("c1", container.Namespace));
        AssertClean(node.Reconcile());          // nothing of it is there yet

        node.Wire(reply, container.Namespace);
        AssertClean(node.Reconcile());          // all of it is

        node.Namespace.Sh($"ip route del {new IPAddress(reply.Addresses[0].Ip.Span)}");
        AssertClean(node.Reconcile());          // some of it
        await node.Service.CommitAsync(reply.AttachmentId);
        Assert.Equal(1, node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task An_attachment_whose_container_died_has_its_routes_kept_until_DEL()
    {
        await using TestNode node = await TestNode.StartAsync();
        using (var container = new TestNamespace())
        {
            AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
            node.Namespace.Sh($"ip link del {record.HostInterface}");
        }
        AssertClean(node.Reconcile());

        await node.Service.DetachAsync(TestNode.KeyOf("c1"));

        AssertClean(node.Reconcile());
        Assert.Equal("", node.Namespace.Sh("ip neigh show nud permanent"));
        Assert.Empty(node.Ledger.LoadAll().Attachments);
    }

    [KernelFact]
    public async Task Unwiring_takes_everything_of_one_attachment_and_nothing_of_its_neighbour()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var one = new TestNamespace();
        using var two = new TestNamespace();
        AttachmentRecord first = await node.AddAsync("c1", one.Namespace);
        AttachmentRecord second = await node.AddAsync("c2", two.Namespace);

        await node.Service.DetachAsync(first.Key);
        await node.Kernel.WhenGoneFrom(first.NetnsDevice, first.NetnsInode);

        Assert.Equal(["weft1", second.HostInterface], node.Links());
        Assert.Empty(one.Json("ip", "link", "show", "type", "veth"));
        Assert.Empty((await node.Service.CheckAsync(second.Key)).Problems);
        Assert.DoesNotContain("10.83.0.1 ", node.Namespace.Sh("nft list ruleset"), StringComparison.Ordinal);
        await node.Service.DetachAsync(first.Key);      // again: nothing there is success
    }

    [KernelFact]
    public async Task Check_names_everything_that_is_missing()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.SwitchBridgeNetfilter(false);
        node.Reconcile();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);

        node.Namespace.Sh("ip route flush proto 87");
        node.Namespace.Sh("ip neigh flush all nud permanent");
        node.Namespace.Sh($"bridge link set dev {record.HostInterface} isolated off");
        node.Namespace.Sh($"bridge fdb del {new MacAddress(record.ContainerMac.Span)} dev {record.HostInterface} master");

        Assert.Equal(
            [
                $"the bridge port {record.HostInterface} is not isolated, and should be",
                $"the forwarding entry 06:57:0a:53:00:01 on {record.HostInterface} is missing",
                "the route 10.83.0.1/32 by weft1 is missing",
                "the neighbour entry 10.83.0.1 at 06:57:0a:53:00:01 on weft1 is missing",
                "the neighbour entry fd00:57::1 at 06:57:0a:53:00:01 on weft1 is missing",
            ],
            (await node.Service.CheckAsync(record.Key)).Problems);
        node.Namespace.Sh($"ip link del {record.HostInterface}");
        Assert.Equal([$"the host interface {record.HostInterface} is missing"], (await node.Service.CheckAsync(record.Key)).Problems);
        node.Namespace.Sh("ip link del weft1");
        Assert.Equal(["the bridge weft1 of network default is missing"], (await node.Service.CheckAsync(record.Key)).Problems);
    }

    [KernelFact]
    public async Task A_node_that_takes_its_own_default_route_from_advertisements_keeps_doing_so()
    {
        KernelRequirement.Root();
        using var space = new TestNamespace();
        space.Sh("sysctl -qw net.ipv4.ip_forward=0");
        space.Sh("sysctl -qw net.ipv6.conf.all.forwarding=0");
        space.Sh("ip link add up0 type veth peer name up1");
        Assert.Equal("1", space.Sh("sysctl -n net.ipv6.conf.up0.accept_ra").Trim());
        using RouteSocket socket = space.OpenRoute();

        ReconcileReport report = Forwarding.Enable(socket, space.Namespace);

        Assert.Equal("1 1 2", string.Join(' ', space.Sh("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.up0.accept_ra").Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Empty(report.Problems);
        Assert.Equal(0, Forwarding.Enable(socket, space.Namespace).Operations);
        await Task.CompletedTask;
    }

    private static void AssertClean(ReconcileReport report)
    {
        Assert.Empty(report.Problems);
        Assert.Empty(report.Changes);
        Assert.Equal(0, report.Operations);
    }

    /// <summary>What Weft keeps in a node's kernel, and what others do, as text without indexes and counters.</summary>
    private static string Describe(TestNode node)
    {
        using RouteSocket routes = node.Namespace.OpenRoute();
        Dictionary<int, string> names = routes.Links().ToDictionary(l => l.Index, l => l.Name);
        string Name(int index) => names.GetValueOrDefault(index, "-");
        return string.Join('\n',
        [
            .. routes.Links().Select(l => $"link {l.Name} {l.Kind} {l.IsUp} {l.Mac} {l.Mtu} {l.Alias} {Name(l.MasterIndex)} {l.BridgePort?.Isolated} {l.BridgePort?.Learning}").Order(StringComparer.Ordinal),
            .. routes.Addresses().Select(a => $"address {Name(a.LinkIndex)} {a.Address}").Order(StringComparer.Ordinal),
            .. routes.Routes().Where(r => r.Table == RouteTable.Main).Select(r => $"route {r.Destination} {r.Type} {(r.Type == RouteType.Blackhole ? "" : Name(r.LinkIndex))} {r.Protocol} {r.Priority}").Order(StringComparer.Ordinal),
            .. routes.Neighbours(AddressFamily.Unspecified).Where(n => n.State.HasFlag(NeighbourState.Permanent)).Select(n => $"neighbour {Name(n.LinkIndex)} {n.Address} {n.Mac}").Order(StringComparer.Ordinal),
            .. routes.Fdb().Where(f => Name(f.LinkIndex).StartsWith("wft", StringComparison.Ordinal)).Select(f => $"fdb {Name(f.LinkIndex)} {f.Mac} {f.State}").Order(StringComparer.Ordinal),
            node.Namespace.Sh("sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding"),
        ]);
    }
}
