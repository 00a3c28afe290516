using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Kernel;
using Weft.TestSupport;
using RefusalReason = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Tests.Kernel;

public sealed class BandwidthLimitsTests
{
    private const int Repaired = 1002;

    private static readonly AttachmentOptions BothWays = new()
    {
        Bandwidth = new Bandwidth { IngressRate = 20_000_000, IngressBurst = 4_294_967_295, EgressRate = 10_000_000, EgressBurst = 4_294_967_295 },
    };

    [KernelFact]
    public async Task Limits_are_in_the_kernel_once_the_attachment_is_committed()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();

        AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);

        Assert.Contains(" rate 20193Kbit ", node.Namespace.Sh($"tc qdisc show dev {record.HostInterface}"), StringComparison.Ordinal);
        Assert.Contains("htb 1:2 root leaf 2: prio 0 rate 10096Kbit", node.Namespace.Sh("tc class show dev weft-shape"), StringComparison.Ordinal);
        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
        Assert.Equal(0, node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task Without_limits_there_is_no_shaper()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();

        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);

        Assert.Null(node.Link(BandwidthLimits.Shaper));
        Assert.DoesNotContain("clsact", node.Namespace.Sh($"tc qdisc show dev {record.HostInterface}"), StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_container_towards_which_alone_there_is_a_limit_needs_no_shaper()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();

        await node.AddAsync("c1", container.Namespace, new AttachmentOptions { Bandwidth = new Bandwidth { IngressRate = 1_000_000 } });

        Assert.Null(node.Link(BandwidthLimits.Shaper));
        Assert.Equal(0, node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task Detaching_takes_class_and_filters_and_the_last_one_the_shaper_at_the_next_look()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var first = new TestNamespace();
        using var second = new TestNamespace();
        AttachmentRecord one = await node.AddAsync("c1", first.Namespace, BothWays);
        AttachmentRecord two = await node.AddAsync("c2", second.Namespace, BothWays);

        await node.Service.DetachAsync(one.Key);

        Assert.Equal("1:3", Assert.Single(node.Namespace.Sh("tc class show dev weft-shape").Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.Contains("htb")).Split(' ')[2]);
        Assert.Empty((await node.Service.CheckAsync(two.Key)).Problems);
        Assert.Equal(0, node.Reconcile().Operations);

        await node.Service.DetachAsync(two.Key);
        node.Reconcile();

        Assert.Null(node.Link(BandwidthLimits.Shaper));
        Assert.Equal(0, node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task A_GC_that_removes_the_last_limited_container_repairs_nothing()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace, BothWays);
        Assert.NotNull(node.Link(BandwidthLimits.Shaper));

        CollectReply reply = await node.Service.CollectAsync(new CollectRequest { Network = TestNode.CniNetwork });

        Assert.Equal(1u, reply.Removed);
        Assert.Null(node.Link(BandwidthLimits.Shaper));
        Assert.Empty(node.Log.TextsOf(Repaired));
        Assert.Equal(0, node.Reconcile().Operations);
    }

    [KernelTheory]
    [MemberData(nameof(ShapingDamage.All), MemberType = typeof(ShapingDamage))]
    public async Task What_somebody_changes_is_found_and_repaired(string command)
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        using var other = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);
        AttachmentRecord second = await node.AddAsync("c2", other.Namespace, BothWays);

        node.Namespace.Sh(command.Replace("PORT", record.HostInterface, StringComparison.Ordinal));
        ReconcileReport report = node.Reconcile();

        Assert.Empty(report.Problems);
        Assert.NotEqual(0, report.Operations);
        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
        Assert.Empty((await node.Service.CheckAsync(second.Key)).Problems);
        Assert.Equal([], node.Reconcile().Changes);
    }

    [KernelTheory]
    [InlineData("tc qdisc del dev PORT root", "the limit rate 20193096bit burst 126206b towards the container is missing on PORT")]
    [InlineData("tc qdisc del dev PORT clsact", "the redirect of PORT to weft-shape is missing")]
    [InlineData("tc qdisc del dev weft-shape root", "the limit rate 10096544bit burst 63103b from the container is missing on weft-shape")]
    [InlineData("ip link set weft-shape down", "weft-shape, which PORT's traffic passes, is down")]
    public async Task Check_says_what_is_missing(string command, string problem)
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);

        node.Namespace.Sh(command.Replace("PORT", record.HostInterface, StringComparison.Ordinal));

        Assert.Equal([problem.Replace("PORT", record.HostInterface, StringComparison.Ordinal)], (await node.Service.CheckAsync(record.Key)).Problems);
    }

    [KernelTheory]
    [InlineData("ip link del weft-shape")]
    [InlineData("tc qdisc del dev weft-shape root")]
    public async Task An_attachment_meets_a_shaper_that_somebody_took_away_and_makes_it_anew(string command)
    {
        await using TestNode node = await TestNode.StartAsync();
        using var first = new TestNamespace();
        using var second = new TestNamespace();
        await node.AddAsync("c1", first.Namespace, BothWays);
        node.Namespace.Sh(command);

        AttachmentRecord record = await node.AddAsync("c2", second.Namespace, BothWays);

        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
    }

    [KernelFact]
    public async Task A_limit_that_cannot_be_set_refuses_the_commit_and_leaves_nothing()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        node.Namespace.Sh("ip link add weft-shape type veth peer name other");
        AttachRequest request = node.Request("c1", container.Namespace);
        request.Options = BothWays;
        AttachReply reply = await node.Service.AttachAsync(request);
        node.Wire(reply, container.Namespace);

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => node.Service.CommitAsync(reply.AttachmentId));

        Assert.Equal(RefusalReason.KernelRefused, refused.Reason);
        Assert.Contains("the bandwidth limits of", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("tbf", node.Namespace.Sh($"tc qdisc show dev {reply.HostInterface}"), StringComparison.Ordinal);
        Assert.Equal((0, 1), node.Table.Count);
    }

    [KernelFact]
    public async Task A_wish_that_makes_no_sense_is_refused_before_anything_happens()
    {
        await using TestNode node = await TestNode.StartAsync();
        AttachRequest request = node.Request("c1");
        request.Options = new AttachmentOptions { Bandwidth = new Bandwidth { EgressRate = 8 } };

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => node.Service.AttachAsync(request));

        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
    }

    [KernelFact]
    public async Task A_restart_finds_all_limits_as_they_should_be()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);
        using RouteSocket routes = node.Namespace.OpenRoute();
        var limits = new BandwidthLimits(routes);       // as a new weftd has it

        Assert.Equal([], limits.Reconcile([record]).Changes);
        Assert.True(limits.NeedsShaper);
        Assert.Empty(limits.Withdraw(record));
        Assert.DoesNotContain("htb 1:2", node.Namespace.Sh("tc class show dev weft-shape"), StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Containers_whose_addresses_end_alike_have_limits_of_their_own()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace, BothWays);
        AttachmentRecord alike = record with
        {
            Id = 99,
            Addresses = [.. record.Addresses.Select(a => a with { Address = System.Net.IPAddress.Parse(a.PrefixLength == 32 ? $"10.84.1.{a.Address.GetAddressBytes()[^1]}" : $"fd00:58::{a.Address.GetAddressBytes()[^1]:x}") })],
            Options = new AttachmentOptions { Bandwidth = new Bandwidth { EgressRate = 30_000_000 } },
            HostInterface = "wft-alike",
        };
        node.Namespace.Sh("ip link add wft-alike type veth peer name alike");
        node.Namespace.Sh("ip link set wft-alike up");
        using RouteSocket routes = node.Namespace.OpenRoute();
        var limits = new BandwidthLimits(routes);

        limits.Reconcile([record, alike]);

        Assert.Empty(limits.Inspect(record));
        Assert.Empty(limits.Inspect(alike));
        Assert.Contains("rate 30289Kbit", node.Namespace.Sh("tc class show dev weft-shape"), StringComparison.Ordinal);
    }
}
