using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>Attachments and a real containerd.</summary>
public sealed class LateDescriptionTests
{
    private const int Described = 1206;

    [KernelFact]
    public async Task A_container_that_containerd_knows_at_ADD_has_its_labels_at_once()
    {
        await using PrivateContainerd containerd = await PrivateContainerd.StartAsync();
        containerd.Create("default", "web", "app=web", "nerdctl/name=shop-front");
        await using TestNode node = await TestNode.StartAsync(time: new TimerClock());
        using var container = new TestNamespace();
        AttachRequest request = node.Request("default-web", container.Namespace);
        request.ContainerdAddress = containerd.Address;
        request.Labels.Add("app", "call");

        AttachReply reply = await node.Service.AttachAsync(request);

        Assert.True(node.Table.TryGet(reply.AttachmentId, out AttachmentRecord? record));
        Assert.Equal(("default", "shop-front", "call"), (record.EndpointNamespace, record.EndpointName, record.Labels["app"]));
        Assert.Equal("shop-front", Assert.Single(node.Ledger.LoadAll().Attachments).EndpointName);
    }

    [KernelFact]
    public async Task A_sandbox_that_is_made_after_its_network_gets_name_and_labels_in_memory_and_ledger()
    {
        await using PrivateContainerd containerd = await PrivateContainerd.StartAsync();
        var clock = new TimerClock();
        await using TestNode node = await TestNode.StartAsync(time: clock);
        using var container = new TestNamespace();
        AttachRequest request = node.Request("0123abcd", container.Namespace);
        request.ContainerdAddress = containerd.Address;
        AttachReply reply = await node.Service.AttachAsync(request);
        node.Wire(reply, container.Namespace);
        await node.Service.CommitAsync(reply.AttachmentId);
        Assert.Equal("0123abcd", Assert.Single(node.Table.All).EndpointName);

        containerd.Create("k8s.io", "0123abcd", "io.kubernetes.pod.name=web-0", "io.kubernetes.pod.namespace=shop", "app=web");
        await clock.PassAsync(TimeSpan.FromSeconds(0.25));
        await node.AttachmentLog.NextAsync(Described);

        AttachmentRecord record = Assert.Single(node.Table.All);
        Assert.Equal(("shop", "web-0", "web"), (record.EndpointNamespace, record.EndpointName, record.Labels["app"]));
        Assert.Equal(
            LedgerRecords.Describe(record), LedgerRecords.Describe(Assert.Single(node.Ledger.LoadAll().Attachments)));
        Assert.Equal(0, node.Reconcile().Operations);
    }
}
