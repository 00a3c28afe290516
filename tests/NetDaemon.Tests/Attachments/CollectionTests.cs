using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>CNI GC on a real kernel.</summary>
public sealed class CollectionTests
{
    [KernelFact]
    public async Task What_is_not_valid_goes_after_a_restart_of_weftd_too_and_what_is_valid_stays()
    {
        await using TestNode first = await TestNode.StartAsync();
        using var one = new TestNamespace();
        using var two = new TestNamespace();
        AttachmentRecord kept = await first.AddAsync("kept", one.Namespace);
        AttachmentRecord lost = await first.AddAsync("lost", two.Namespace);
        await using TestNode node = await first.RestartAsync();

        Assert.Equal(1u, (await node.Service.CollectAsync(Valid("kept"))).Removed);

        await node.Kernel.WhenGoneFrom(lost.NetnsDevice, lost.NetnsInode);
        Assert.Equal(["weft1", kept.HostInterface], node.Links());
        Assert.Empty((await node.Service.CheckAsync(kept.Key)).Problems);
        Assert.Equal(0u, (await node.Service.CollectAsync(Valid("kept"))).Removed);
    }

    [KernelFact]
    public async Task An_attachment_of_another_configuration_stays_although_its_container_is_not_listed()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);

        Assert.Equal(0u, (await node.Service.CollectAsync(new CollectRequest { Network = "another" })).Removed);

        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
    }

    [KernelFact]
    public async Task A_container_that_is_being_added_meanwhile_is_kept()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachReply reply = await node.Service.AttachAsync(node.Request("new", container.Namespace));
        node.Wire(reply, container.Namespace);

        Assert.Equal(0u, (await node.Service.CollectAsync(Valid())).Removed);

        await node.Service.CommitAsync(reply.AttachmentId);
        Assert.Empty((await node.Service.CheckAsync(TestNode.KeyOf("new"))).Problems);
    }

    [KernelFact]
    public async Task What_a_crash_left_of_no_attachment_goes_too()
    {
        await using TestNode node = await TestNode.StartAsync(NetDaemon.Configuration.NftablesOwner.Off);
        foreach (string line in (string[])
        [
            "ip link add wftorphan type veth peer name peer",
            "ip link set wftorphan master weft1",
            "ip route add 10.83.9.9/32 dev weft1 proto 87",
            "ip route add 10.83.9.9/32 dev weft1 proto 87 table 77",
            "ip neigh add 10.83.9.9 lladdr 02:00:00:00:00:09 dev weft1 nud permanent protocol 87",
            "nft add element inet weft endpoints4 { 10.83.9.9 }",
            "nft add element bridge weft ports4 { wftorphan . 02:00:00:00:00:09 . 10.83.9.9 }",
        ])
        {
            node.Namespace.Sh(line);
        }
        using var container = new TestNamespace();
        AttachmentRecord noted = await node.AddAsync("noted", container.Namespace);
        string notes = Directory.CreateDirectory(Path.Combine(node.RunDirectory, Contracts.WeftPaths.DetachNotesName)).FullName;
        var note = new DetachRequest { Key = new Contracts.Cni.AttachmentKey { Network = TestNode.CniNetwork, ContainerId = "noted", InterfaceName = "eth0" } };
        File.WriteAllBytes(Path.Combine(notes, noted.HostInterface), Google.Protobuf.MessageExtensions.ToByteArray(note));

        await node.Service.CollectAsync(Valid("noted"));

        await node.Kernel.WhenGoneFrom(noted.NetnsDevice, noted.NetnsInode);
        Assert.Equal(["weft1"], node.Links());
        string left = node.Namespace.Sh("nft list ruleset") + node.Namespace.Sh("ip route show table all") + node.Namespace.Sh("ip neigh show nud permanent");
        Assert.DoesNotContain("10.83.9.9", left, StringComparison.Ordinal);
        Assert.DoesNotContain(noted.HostInterface, left, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(notes));
        Assert.Empty(node.Table.All);
    }

    [KernelFact]
    public async Task All_failures_are_told_together_and_what_can_go_goes()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace);
        node.Service.Sweep = () => Task.FromResult(new NetDaemon.Kernel.ReconcileReport(0, [], ["the link wftx stays", "the route r stays"]));

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => node.Service.CollectAsync(Valid()));

        Assert.Equal("2 of what GC had to remove are still there: the link wftx stays; the route r stays", refused.Message);
        Assert.Equal(RefusalReason.KernelRefused, refused.Reason);
        Assert.Empty(node.Table.All);
    }

    private static CollectRequest Valid(params string[] containers)
    {
        var request = new CollectRequest { Network = TestNode.CniNetwork };
        request.Valid.AddRange(containers.Select(c => new Contracts.Cni.AttachmentKey { ContainerId = c, InterfaceName = "eth0" }));
        return request;
    }
}
