using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.Cni;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>What weftd collects by itself, on a real kernel.</summary>
public sealed class ForgottenContainersTests
{
    [KernelFact]
    public async Task What_a_dead_task_had_comes_back_although_its_runtime_never_sends_DEL()
    {
        await using TestNode node = await TestNode.StartAsync(time: new FakeTimeProvider());
        using var neighbour = new TestNamespace();
        AttachmentRecord alive = await node.AddAsync("alive", neighbour.Namespace);
        // As `ctr run -d --cni` does it: the namespace is known by /proc/PID/ns/net alone and ends with the process.
        AttachmentRecord record;
        using (var task = new IsolatedTask())
        {
            using var inside = Dataplane.Namespaces.NetworkNamespace.FromPath(task.NamespacePath);
            AttachReply reply = await node.Service.AttachAsync(node.Request("task", inside, path: task.NamespacePath));
            node.Wire(reply, inside);
            await node.Service.CommitAsync(reply.AttachmentId);
            Assert.True(node.Table.TryGet(reply.AttachmentId, out record!));
            inside.Dispose();
            await GoneAsync(node, record.HostInterface, task.Kill);
        }

        Assert.Equal(0, await node.Forgotten.LookAsync());       // seen once: a DEL may be on its way
        Assert.Equal(0, await node.Forgotten.LookAsync());       // seen twice, but at once
        node.Clock.Advance(ForgottenContainers.Patience);
        Assert.Equal(1, await node.Forgotten.LookAsync());

        Assert.Equal([alive.Id], node.Ledger.LoadAll().Attachments.Select(a => a.Id));
        Assert.Equal([record.Addresses[0].Address.ToString()], node.Ledger.LoadAll().Released.Select(r => r.Address.ToString()).Where(a => a.Contains('.')));
        string rules = node.Namespace.Sh("nft list ruleset");
        Assert.DoesNotContain(record.HostInterface, rules, StringComparison.Ordinal);
        Assert.DoesNotContain($"{record.Addresses[0].Address} ", node.Namespace.Sh("ip route show proto 87"), StringComparison.Ordinal);
        Assert.Empty(node.Reconcile().Changes);
        Condition condition = Containers(node);
        Assert.Equal(Health.Ok, condition.Health);
        Assert.Contains("1 collected that their runtime forgot", condition.Message, StringComparison.Ordinal);
        Assert.Contains("task/eth0", condition.Message, StringComparison.Ordinal);
        Assert.Contains(node.AttachmentLog.TextsOf(1201), l => l.Contains("sent no DEL", StringComparison.Ordinal));
    }

    [KernelFact]
    public async Task A_container_that_lives_is_never_collected_but_its_deleted_interface_is_reported_until_it_goes()
    {
        await using TestNode node = await TestNode.StartAsync(time: new FakeTimeProvider());
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);

        node.Namespace.Sh($"ip link del {record.HostInterface}");
        node.Forgotten.Notice(record.HostInterface);

        Assert.Equal(Health.Degraded, Containers(node).Health);
        Assert.Equal($"default/c1: its interface eth0 ({record.HostInterface}) was deleted; delete the container", Containers(node).Message);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(0, await node.Forgotten.LookAsync());
            node.Clock.Advance(TimeSpan.FromHours(1));
        }
        Assert.True(node.Table.TryGet(record.Id, out _));
        Assert.Single(node.ForgottenLog.TextsOf(1220));

        await node.Service.DetachAsync(record.Key);
        Assert.Equal(Health.Ok, Containers(node).Health);
    }

    [KernelFact]
    public async Task An_interface_that_somebody_deletes_is_noticed_from_the_event()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
        var noticed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Reconciler.Watch(name =>
        {
            node.Forgotten.Notice(name);
            noticed.TrySetResult(name);
        });

        container.Sh("ip link del eth0");       // from inside: the host end goes with it

        Assert.Equal(record.HostInterface, await noticed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(Health.Degraded, Containers(node).Health);
    }

    [KernelFact]
    public async Task Where_weftd_cannot_see_namespaces_the_vanished_interface_counts()
    {
        await using TestNode node = await TestNode.StartAsync(time: new FakeTimeProvider());
        using var container = new TestNamespace();
        AttachReply reply = await node.Service.AttachAsync(node.Request("c1", container.Namespace, path: "/run/of-another-mount-namespace/c1"));
        node.Wire(reply, container.Namespace);
        await node.Service.CommitAsync(reply.AttachmentId);
        await node.Forgotten.LookAsync();
        node.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, await node.Forgotten.LookAsync());       // its interface is there: it lives

        node.Namespace.Sh($"ip link del {reply.HostInterface}");
        Assert.Equal(0, await node.Forgotten.LookAsync());
        node.Clock.Advance(ForgottenContainers.Patience);
        Assert.Equal(1, await node.Forgotten.LookAsync());
        Assert.Empty(node.Table.All);
    }

    [KernelFact]
    public async Task A_path_that_names_another_namespace_now_is_no_sign_of_life()
    {
        await using TestNode node = await TestNode.StartAsync(time: new FakeTimeProvider());
        using var directory = new TempDirectory();
        string path = Path.Combine(directory, "netns");
        AttachmentRecord record;
        using (var first = new TestNamespace())
        {
            File.CreateSymbolicLink(path, first.Path);
            AttachReply reply = await node.Service.AttachAsync(node.Request("c1", first.Namespace, path: path));
            node.Wire(reply, first.Namespace);
            await node.Service.CommitAsync(reply.AttachmentId);
            Assert.True(node.Table.TryGet(reply.AttachmentId, out record!));
            using var other = new TestNamespace();
            File.Delete(path);
            File.CreateSymbolicLink(path, other.Path);
            Assert.Equal(NamespaceTrace.Gone, NamespaceTraces.Find(record));
            await node.Forgotten.LookAsync();
            node.Clock.Advance(ForgottenContainers.Patience);
            Assert.Equal(0, await node.Forgotten.LookAsync());       // somebody holds it: its interface is there
            node.Namespace.Sh($"ip link del {record.HostInterface}");
            await node.Forgotten.LookAsync();
            node.Clock.Advance(ForgottenContainers.Patience);
            Assert.Equal(1, await node.Forgotten.LookAsync());
        }
    }

    [KernelFact]
    public async Task A_container_that_is_added_anew_between_two_looks_is_kept()
    {
        await using TestNode node = await TestNode.StartAsync(time: new FakeTimeProvider());
        AttachmentRecord old;
        using (var first = new TestNamespace())
        {
            old = await node.AddAsync("c1", first.Namespace);
            node.Namespace.Sh($"ip link del {old.HostInterface}");
        }
        Assert.Equal(0, await node.Forgotten.LookAsync());
        using var second = new TestNamespace();
        AttachmentRecord anew = await node.AddAsync("c1", second.Namespace);
        node.Clock.Advance(ForgottenContainers.Patience);

        Assert.Equal(0, await node.Forgotten.LookAsync());
        Assert.False(await node.Service.CollectForgottenAsync(old.Id, "test"));

        Assert.Empty((await node.Service.CheckAsync(anew.Key)).Problems);
    }

    [KernelFact]
    public async Task After_a_reboot_nothing_of_the_boot_before_is_left_and_its_addresses_are_free_again()
    {
        await using TestNode before = await TestNode.StartAsync();
        AttachmentRecord[] records = new AttachmentRecord[3];
        using (var one = new TestNamespace())
        using (var two = new TestNamespace())
        {
            records[0] = await before.AddAsync("c1", one.Namespace);
            records[1] = await before.AddAsync("c2", two.Namespace);
            await before.Service.AttachAsync(before.Request("pending", two.Namespace, "eth1"));
        }

        await using TestNode after = await before.RestartAsync(reboot: true);

        Assert.Empty(after.Table.All);
        Assert.Empty(after.Ledger.LoadAll().Attachments);
        Assert.Equal(6, after.Ledger.LoadAll().Released.Count);      // three of each family
        Assert.StartsWith("The node has been rebooted: 3 attachments", Assert.Single(after.AttachmentLog.TextsOf(1221)), StringComparison.Ordinal);
        Assert.Equal(["weft1"], after.Links());
        Assert.Equal("", after.Namespace.Sh("ip neigh show nud permanent"));
        Assert.DoesNotContain("10.83.0.1", after.Namespace.Sh("nft list ruleset"), StringComparison.Ordinal);
        Assert.Empty(after.Reconcile().Changes);
        using var container = new TestNamespace();
        await after.AddAsync("c1", container.Namespace);             // under the same key
        Assert.Empty((await after.Service.CheckAsync(TestNode.KeyOf("c1"))).Problems);

        await using TestNode again = await after.RestartAsync();
        Assert.Single(again.Table.All);
        Assert.Empty(again.AttachmentLog.TextsOf(1221));
    }

    [KernelFact]
    public async Task Twenty_reboots_with_running_containers_leak_no_address()
    {
        TestNode node = await TestNode.StartAsync();
        var old = new List<TestNode>();
        try
        {
            for (int boot = 0; boot < 20; boot++)
            {
                using var container = new TestNamespace();
                for (int i = 0; i < 3; i++)
                {
                    await node.Service.CommitAsync((await node.Service.AttachAsync(node.Request($"b{boot}-c{i}", container.Namespace))).AttachmentId);
                }
                old.Add(node);
                node = await node.RestartAsync(reboot: true);
                Assert.All(node.Allocator.Usage([.. node.Catalog.Current.Pools]), u => Assert.Equal(0, u.Used));
                Assert.True(node.Blocks.Count <= 2, string.Join(' ', node.Blocks));
            }
        }
        finally
        {
            await node.DisposeAsync();
            foreach (TestNode stopped in old)
            {
                await stopped.DisposeAsync();
            }
        }
    }

    private static Condition Containers(TestNode node)
    {
        node.Forgotten.Report(node.Health);
        var reply = new StatusReply();
        node.Health.FillIn(reply);
        return Assert.Single(reply.Conditions, c => c.Name == HealthBoard.Containers);
    }

    /// <summary>Does what makes a link vanish and waits until it has: the kernel clears a dead namespace away behind everybody's back.</summary>
    private static async Task GoneAsync(TestNode node, string link, Action kill)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using RouteMonitor monitor = RouteMonitor.Start(
            RouteGroups.Links,
            change =>
            {
                if (change is RouteEvent.LinkChanged { Removed: true } e && e.Link.Name == link)
                {
                    gone.TrySetResult();
                }
            },
            node.Namespace.Namespace);
        kill();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
