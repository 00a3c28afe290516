using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

public sealed class LinkReaperTests : IDisposable
{
    private readonly TestNamespace _node = new();
    private readonly TestNamespace _container = new();
    private readonly RecordingLogger<NodeKernel> _log = new();

    public void Dispose()
    {
        _container.Dispose();
        _node.Dispose();
    }

    [KernelFact]
    public async Task Parked_links_are_deleted_together_with_their_peers_and_no_others()
    {
        await using var reaper = new LinkReaper(_log, _node.Namespace);
        Create(Enumerable.Range(0, 20).Select(i => $"wft{i}"), LinkReaper.Group);
        Create(["wftother"], group: 0);

        reaper.Collect(Of(_container).Device, Of(_container).Inode, "wft0");
        await reaper.WhenGoneFrom(Of(_container).Device, Of(_container).Inode).WaitAsync(Programs.DefaultLimit);

        using RouteSocket routes = _node.OpenRoute();
        Assert.Equal(["lo", "wftother"], routes.Links().Select(l => l.Name).Order(StringComparer.Ordinal));
        using RouteSocket inside = _container.OpenRoute();
        Assert.Equal(["lo", "wftother"], inside.Links().Select(l => l.Name).Order(StringComparer.Ordinal));
        Assert.Empty(_log.Entries);
    }

    [KernelFact]
    public async Task Nobody_waits_for_a_namespace_from_which_nothing_is_parked()
    {
        await using var reaper = new LinkReaper(_log, _node.Namespace);
        reaper.Collect(1, 2, "wft9");

        Assert.True(reaper.WhenGoneFrom(1, 3, "wft8").IsCompletedSuccessfully);
        Assert.False(reaper.WhenGoneFrom(1, 3, "wft9").IsCompletedSuccessfully);
        await reaper.WhenGoneFrom(1, 2).WaitAsync(Programs.DefaultLimit);
        Assert.True(reaper.WhenGoneFrom(1, 2).IsCompletedSuccessfully);
    }

    [KernelFact]
    public async Task Links_parked_while_others_are_being_deleted_are_deleted_before_the_wait_ends()
    {
        await using var reaper = new LinkReaper(_log, _node.Namespace);
        (ulong device, ulong inode) = (Of(_container).Device, Of(_container).Inode);
        using RouteSocket inside = _container.OpenRoute();
        for (int i = 0; i < 20; i++)
        {
            Create([$"wft{i}"], LinkReaper.Group);
            reaper.Collect(device, inode, $"wft{i}");
            if (i % 3 == 0)
            {
                await reaper.WhenGoneFrom(device, inode).WaitAsync(Programs.DefaultLimit);
                Assert.Null(inside.LinkByName($"wft{i}"));
            }
        }
        await reaper.WhenGoneFrom(device, inode).WaitAsync(Programs.DefaultLimit);
        Assert.Single(inside.Links());
    }

    [KernelFact]
    public async Task What_a_killed_weftd_parked_is_deleted_and_its_name_waited_for()
    {
        Create(["wft1"], LinkReaper.Group);
        await using var reaper = new LinkReaper(_log, _node.Namespace);

        await reaper.WhenGoneFrom(1, 2, "wft1").WaitAsync(Programs.DefaultLimit);

        using RouteSocket routes = _node.OpenRoute();
        Assert.Null(routes.LinkByName("wft1"));
    }

    [KernelFact]
    public async Task What_is_parked_at_the_end_is_deleted_then()
    {
        var reaper = new LinkReaper(_log, _node.Namespace);
        Create(["wft1"], LinkReaper.Group);

        await reaper.DisposeAsync();

        using RouteSocket routes = _node.OpenRoute();
        Assert.Null(routes.LinkByName("wft1"));
    }

    private static NetworkNamespace Of(TestNamespace space) => space.Namespace;

    private void Create(IEnumerable<string> names, uint group)
    {
        var batch = new RouteBatch();
        foreach (string name in names)
        {
            batch.CreateVeth(new VethSpec { Name = name, PeerName = name, PeerNamespace = _container.Namespace });
            batch.SetLink(name, new LinkChange { Group = group });
        }
        using RouteSocket routes = _node.OpenRoute();
        routes.Execute(batch);
    }
}
