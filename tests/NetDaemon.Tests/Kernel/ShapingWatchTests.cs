using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>What others do to bandwidth limits is noticed when it happens, and not only by the look from time to time.</summary>
public sealed class ShapingWatchTests
{
    private const int Repaired = 1002;

    private static readonly AttachmentOptions BothWays = new() { Bandwidth = new Bandwidth { IngressRate = 20_000_000, EgressRate = 10_000_000 } };

    [KernelTheory]
    [MemberData(nameof(ShapingDamage.All), MemberType = typeof(ShapingDamage))]
    public async Task What_somebody_does_to_limits_is_noticed_and_repaired_at_once(string damage)
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);
        node.Reconciler.Watch();

        node.Namespace.Sh(damage.Replace("PORT", record.HostInterface, StringComparison.Ordinal));
        string repair = await node.Log.NextAsync(Repaired);

        // The watcher may look while a longer change is under way; a last look finds the rest, if there is any.
        await node.Reconciler.RunAsync(ReconcileCause.Foreign);
        Assert.Contains(damage.Contains("PORT", StringComparison.Ordinal) ? record.HostInterface : BandwidthLimits.Shaper, repair.Split(':')[0], StringComparison.Ordinal);
        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
        Assert.Equal(0, node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task Limits_that_come_and_go_with_containers_and_those_of_other_links_are_nobodys_damage()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        using var other = new TestNamespace();
        AttachmentRecord free = await node.AddAsync("free", other.Namespace);
        node.Reconciler.Watch();
        for (int i = 0; i < 3; i++)
        {
            AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);
            await node.Service.DetachAsync(record.Key);
            await node.Kernel.WhenGoneFrom(record.NetnsDevice, record.NetnsInode);
        }
        node.Namespace.Sh("ip link add eth0 type veth peer name eth1");
        node.Namespace.Sh("tc qdisc add dev eth0 root tbf rate 1gbit burst 100k limit 131072");
        node.Namespace.Sh("tc qdisc add dev eth0 clsact");
        node.Namespace.Sh("tc qdisc del dev eth0 root");
        // A container without limits is anybody's to shape.
        node.Namespace.Sh($"tc qdisc add dev {free.HostInterface} root tbf rate 1gbit burst 100k limit 131072");

        // The watcher tells in order: when this last, true damage has been repaired, all before it has been judged.
        node.Namespace.Sh("ip link set weft1 down");
        await node.Log.NextAsync(Repaired);

        string only = Assert.Single(node.Log.TextsOf(Repaired));
        Assert.Contains("weft1", only, StringComparison.Ordinal);
        Assert.DoesNotContain("traffic control", only, StringComparison.Ordinal);
        Assert.Contains("rate 1Gbit", node.Namespace.Sh($"tc qdisc show dev {free.HostInterface}"), StringComparison.Ordinal);
    }
}
