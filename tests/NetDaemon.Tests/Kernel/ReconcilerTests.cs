using System.Net;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Nodes;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Noticing what others do, at once, and repairing it.</summary>
public sealed class ReconcilerTests
{
    private const int Repaired = 1002;

    public static TheoryData<string> Damages => new()
    {
        "ip link del weft1",
        "ip link set weft1 down",
        "ip link set weft1 mtu 1280",
        "ip addr flush dev weft1",
        "ip link set PORT down",
        "ip link set PORT nomaster",
        "ip link set PORT mtu 1280",
        "ip link set PORT address 02:00:00:00:00:01",
        "bridge link set dev PORT isolated off",
        "bridge link set dev PORT learning on",
        "bridge fdb del MAC dev PORT master",
        "ip route del 10.83.0.1",
        "ip -6 route del fd00:57::1",
        "ip route del blackhole 10.83.0.0/26",
        "ip neigh del 10.83.0.1 dev weft1",
        "ip neigh replace 10.83.0.1 lladdr 02:00:00:00:00:01 dev weft1 nud permanent",
        "nft flush ruleset",
        "nft delete table bridge weft",
        "nft add rule inet weft containers accept",
    };

    /// <summary>The kernel tells of two thousand routes at once, and somewhere among them of the container's, into a buffer for a few (ENOBUFS).</summary>
    [KernelFact]
    public async Task What_is_lost_of_the_kernels_notifications_is_looked_for()
    {
        await using TestNode node = await TestNode.StartAsync(NftablesOwner.Off);
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
        node.Reconciler.Watch(receiveBuffer: 4096);
        using RouteSocket socket = node.Namespace.OpenRoute();
        string repair = "";
        // When the loss of the route was among what was told after all, once more.
        for (byte round = 1; round < 20 && !repair.Contains("lost notifications", StringComparison.Ordinal); round++)
        {
            var batch = new RouteBatch();
            for (int i = 0; i < 2000; i++)
            {
                batch.AddRoute(new RouteSpec { Destination = new IPNetwork(new IPAddress([10, round, (byte)(i >> 8), (byte)i]), 32), Type = RouteType.Blackhole, Protocol = 99 });
            }
            batch.DeleteRoute(new RouteSpec { Destination = new IPNetwork(record.Addresses[0].Address, 32) });
            socket.Execute(batch);
            repair = await node.Log.NextAsync(Repaired);
        }
        Assert.Contains("lost notifications", repair, StringComparison.Ordinal);
        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
    }

    [KernelTheory]
    [MemberData(nameof(Damages))]
    public async Task What_others_change_is_noticed_and_repaired(string damage)
    {
        await using TestNode node = await TestNode.StartAsync(NftablesOwner.Off);
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
        node.Reconciler.Watch();

        node.Namespace.Sh(damage
            .Replace("PORT", record.HostInterface, StringComparison.Ordinal)
            .Replace("MAC", new MacAddress(record.ContainerMac.Span).ToString(), StringComparison.Ordinal));
        string repair = await node.Log.NextAsync(Repaired);

        // The watcher may look while a longer change is under way; a last look finds the rest, if there is any.
        await node.Reconciler.RunAsync(ReconcileCause.Foreign);
        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
        Assert.Equal(0, await node.Reconciler.RunAsync(ReconcileCause.Periodic));
        StatusReply status = Status(node);
        Assert.NotEqual(0UL, status.Repairs);
        Assert.NotEmpty(status.LastRepair);
        Assert.Contains("after ", repair, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Attaching_and_detaching_is_nobodys_damage()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        node.Reconciler.Watch();
        for (int i = 0; i < 5; i++)
        {
            AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
            await node.Service.DetachAsync(record.Key);
            await node.Kernel.WhenGoneFrom(record.NetnsDevice, record.NetnsInode);
        }

        // The watcher tells in order: when this last, true damage has been repaired, all before it has been judged.
        node.Namespace.Sh("ip link set weft1 down");
        await node.Log.NextAsync(Repaired);

        string only = Assert.Single(node.Log.TextsOf(Repaired));
        Assert.Contains("weft1", only, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Changes_of_things_that_are_not_ours_are_nobodys_damage()
    {
        await using TestNode node = await TestNode.StartAsync(NftablesOwner.Off);
        node.Reconciler.Watch();
        node.Namespace.Sh("ip link add eth0 type veth peer name eth1");
        node.Namespace.Sh("ip link set eth0 up");
        node.Namespace.Sh("ip addr add 192.0.2.1/24 dev eth0");
        node.Namespace.Sh("ip route add 198.51.100.0/24 dev eth0");
        node.Namespace.Sh("ip link del eth0");
        node.Namespace.Sh("nft add table inet mine");
        node.Namespace.Sh("nft delete table inet mine");

        node.Namespace.Sh("nft delete table bridge weft");
        string repair = await node.Log.NextAsync(Repaired);

        Assert.Single(node.Log.TextsOf(Repaired));
        Assert.Contains("nft (pid ", repair, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Rules_that_cannot_be_set_are_a_failed_condition_and_refuse_new_containers()
    {
        await using TestNode node = await TestNode.StartAsync();
        string rules = node.Namespace.Sh("nft list table inet weft");
        KernelRequirement.KernelFeature(rules.Contains("owner", StringComparison.Ordinal), "persistent owner of nf_tables tables (6.9 and newer)");
        await node.StopKernelAsync();
        using Firewall another = Firewall.Open(NftablesOwner.Auto, node.Namespace.Namespace);
        Assert.Empty(another.Reconcile(node.Catalog.Current, node.Blocks, node.Table.All).Problems);
        await using NodeKernel kernel = NodeKernel.Open(NftablesOwner.Auto, new RecordingLogger<NodeKernel>(), node.Namespace.Namespace);
        await using var reconciler = new Reconciler(kernel, node.Catalog, node.Allocator, node.Table, node.NodeLock, node.Health, node.Log);

        await reconciler.RunAsync(ReconcileCause.Start);

        Condition condition = Assert.Single(Status(node).Conditions, c => c.Health == Health.Failed);
        Assert.Equal(HealthBoard.Rules, condition.Name);
        Assert.Contains("another process owns", condition.Message, StringComparison.Ordinal);
        Assert.Throws<RefusedException>(kernel.RequireUsable);

        another.Dispose();
        // A process that another test is starting holds a copy of the socket until its exec, and with it the tables.
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            await reconciler.RunAsync(ReconcileCause.Periodic);
        }
        while (kernel.WhyUnusable is not null);

        Assert.DoesNotContain(Status(node).Conditions, c => c.Health == Health.Failed);
        kernel.RequireUsable();
    }

    private static StatusReply Status(TestNode node)
    {
        var status = new StatusReply();
        node.Health.FillIn(status);
        return status;
    }
}
