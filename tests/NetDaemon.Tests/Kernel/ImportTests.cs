using System.Net;
using Google.Protobuf;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.TestSupport;
using AttachmentKey = Weft.NetDaemon.Attachments.AttachmentKey;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>How imported addresses become free, with all of weftd's parts.</summary>
public sealed class ImportTests
{
    private static readonly AttachmentKey Old1 = new(TestNode.CniNetwork, "old1", "eth0");

    [KernelFact]
    public async Task A_noted_DEL_frees_the_address_when_it_is_carried_out()
    {
        await using TestNode node = await TestNode.StartAsync();
        await ImportAsync(node);
        Directory.CreateDirectory(Path.Combine(node.RunDirectory, WeftPaths.DetachNotesName));
        string note = Path.Combine(node.RunDirectory, WeftPaths.DetachNotesName, WeftPaths.HostInterface(Old1.Network, Old1.ContainerId, Old1.InterfaceName));
        await File.WriteAllBytesAsync(note, new DetachRequest { Key = ContractOf(Old1) }.ToByteArray());

        await using TestNode again = await node.RestartAsync();

        Assert.Equal(["10.83.0.2"], await HeldAsync(again));
        Assert.False(File.Exists(note));
        Assert.Equal("10.83.0.1", await AttachAsync(again, "c1", "10.83.0.1"));
    }

    [KernelFact]
    public async Task A_repeated_import_does_not_hold_what_was_freed_since()
    {
        await using TestNode node = await TestNode.StartAsync();
        await ImportAsync(node);
        await node.Service.DetachAsync(Old1);

        ImportReply again = await ImportAsync(node);
        Assert.Equal((0u, 1u, 0u, 1u), (again.Added, again.Kept, again.Removed, again.Released));
        Assert.Equal(["10.83.0.2"], await HeldAsync(node));

        // host-local gave the address to another container meanwhile.
        Assert.Equal(1u, (await ImportAsync(node, "new1")).Added);
        Assert.Equal(["10.83.0.1", "10.83.0.2"], await HeldAsync(node));
        await node.Resources.ForgetImportAsync("node-a", TestNode.CniNetwork, default);
        Assert.Equal(2u, (await ImportAsync(node)).Added);     // whoever ends an import starts anew
    }

    [KernelFact]
    public async Task Once_Weft_has_attached_the_container_its_attachment_holds_the_address()
    {
        await using TestNode node = await TestNode.StartAsync();
        await ImportAsync(node);

        AttachReply undone = await node.Service.AttachAsync(Request("old1"));
        await node.Service.UndoAsync(undone.AttachmentId, "test");
        Assert.Equal(["10.83.0.1", "10.83.0.2"], await HeldAsync(node));   // the old interface may well live
        Assert.Equal("10.83.0.1", await AttachAsync(node, "old1"));
        Assert.Equal(["10.83.0.2"], await HeldAsync(node));
        Assert.Equal(1u, (await ImportAsync(node)).Released);

        Assert.True(node.Table.TryGet(Old1, out AttachmentRecord? record));
        Assert.True(await node.Service.CollectForgottenAsync(record.Id, "test"));
        Assert.Equal("10.83.0.1", await AttachAsync(node, "c1", "10.83.0.1"));
    }

    [KernelFact]
    public async Task No_import_outlives_a_reboot()
    {
        await using TestNode node = await TestNode.StartAsync();
        await ImportAsync(node);

        await using TestNode sameBoot = await node.RestartAsync();
        Assert.Equal(2, (await HeldAsync(sameBoot)).Count);
        await using TestNode rebooted = await sameBoot.RestartAsync(reboot: true);

        Assert.Empty(await HeldAsync(rebooted));
        Assert.Equal(2u, (await ImportAsync(rebooted)).Released);
        await rebooted.DeleteAsync("Pool", "default-v4");
        await rebooted.DeleteAsync("Pool", "default-v6");
        await rebooted.DeleteAsync("Network", "default");
    }

    [KernelFact]
    public async Task An_old_file_without_an_interface_is_only_freed_by_its_own_configuration()
    {
        await using TestNode node = await TestNode.StartAsync();
        await ImportAsync(node);

        await node.Service.DetachAsync(new AttachmentKey("other", "old2", "net1"));
        Assert.Equal(["10.83.0.1", "10.83.0.2"], await HeldAsync(node));
        await node.Service.DetachAsync(new AttachmentKey(TestNode.CniNetwork, "old2", "eth0"));
        Assert.Equal(["10.83.0.1"], await HeldAsync(node));
    }

    [KernelFact]
    public async Task Routes_to_another_plugins_containers_stay()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Namespace.Sh("ip link add cni0 type bridge");
        node.Namespace.Sh("ip link set cni0 up");
        node.Namespace.Sh("ip addr add 10.83.255.1/16 dev cni0");
        node.Reconcile();
        Assert.Contains("dev cni0", node.Namespace.Sh("ip route get 10.83.0.1"), StringComparison.Ordinal);     // no block of Weft's yet

        await AttachAsync(node, "c1");
        await ImportAsync(node, skipUnusable: true);
        node.Reconcile();

        Assert.Contains("dev cni0", node.Namespace.Sh("ip route get 10.83.0.2"), StringComparison.Ordinal);
        Assert.DoesNotContain("blackhole 10.83", node.Namespace.Sh("ip route"), StringComparison.Ordinal);
        await node.Resources.ForgetImportAsync("node-a", TestNode.CniNetwork, default);
        node.Reconcile();
        Assert.Contains("blackhole 10.83.0.0/26", node.Namespace.Sh("ip route"), StringComparison.Ordinal);
        Assert.Contains("10.83.0.0/16 dev cni0", node.Namespace.Sh("ip route"), StringComparison.Ordinal);
    }

    private static async Task<ImportReply> ImportAsync(TestNode node, string first = "old1", bool skipUnusable = false)
    {
        var import = new ImportRequest { Name = TestNode.CniNetwork, SkipUnusable = skipUnusable };
        import.Addresses.Add(new HeldAddress { Address = "10.83.0.1", ContainerId = first, InterfaceName = "eth0" });
        import.Addresses.Add(new HeldAddress { Address = "10.83.0.2", ContainerId = "old2" });
        return await node.Resources.ImportAsync("node-a", node.BootId, import, default);
    }

    private static async Task<IReadOnlyList<string>> HeldAsync(TestNode node) =>
        [.. (await node.Resources.ListAsync("Reservation", "", default)).Select(r => r.Reservation.Addresses[0])];

    private static AttachRequest Request(string container) => new() { Key = ContractOf(new AttachmentKey(TestNode.CniNetwork, container, "eth0")), Netns = "/run/none" };

    private static async Task<string> AttachAsync(TestNode node, string container, params string[] wanted)
    {
        AttachRequest request = Request(container);
        request.Addresses.AddRange(wanted.Select(w => ByteString.CopyFrom(IPAddress.Parse(w).GetAddressBytes())));
        AttachReply reply = await node.Service.AttachAsync(request);
        await node.Service.CommitAsync(reply.AttachmentId);
        return new IPAddress(reply.Addresses[0].Ip.Span).ToString();
    }

    private static Contracts.Cni.AttachmentKey ContractOf(AttachmentKey key) =>
        new() { Network = key.Network, ContainerId = key.ContainerId, InterfaceName = key.InterfaceName };
}
