using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>What configurations for bridge with host-local or static get, with all of weftd's parts.</summary>
public sealed class ConfiguredNetworkTests
{
    [KernelFact]
    public async Task Any_CNI_name_is_one_for_a_network()
    {
        await using TestNode node = await TestNode.StartAsync();
        string[] names = ["my_net", "my.net", "MyNet", "cbr0.1", new string('a', 200)];

        for (int i = 0; i < names.Length; i++)
        {
            AttachReply first = await AttachAsync(node, names[i], "c1", $"10.{i + 1}.0.0/24");
            Assert.Equal(ConfiguredName.Of(names[i]), first.WeftNetwork);
            Assert.Equal(first.WeftNetwork, (await AttachAsync(node, names[i], "c2", $"10.{i + 1}.0.0/24")).WeftNetwork);
            Assert.True(node.Table.TryGet(new NetDaemon.Attachments.AttachmentKey(names[i], "c1", "eth0"), out AttachmentRecord? record));
            Assert.Equal(names[i], record.Key.Network);
        }

        Assert.Equal(1 + names.Length, node.Catalog.Current.All.Count);
        var collect = new CollectRequest { Network = "MyNet" };
        Assert.Equal(2u, (await node.Service.CollectAsync(collect)).Removed);
    }

    [KernelFact]
    public async Task A_network_that_a_person_gave_the_name_is_taken()
    {
        await using TestNode node = await TestNode.StartAsync();
        string name = ConfiguredName.Of("my_net");
        await node.ApplyAsync($$"""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: {name: {{name}}}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: mine}
            spec: {network: {{name}}, cidr: 10.7.0.0/16}
            """);
        await node.Reconciler.RunAsync(NetDaemon.Kernel.ReconcileCause.Configuration);

        Assert.Equal("10.7.3.1", Addresses(await AttachAsync(node, "my_net", "c1", "10.7.3.0/24")));
        var import = new ImportRequest { Name = "my_net" };
        import.Addresses.Add(new HeldAddress { Address = "10.7.0.9", ContainerId = "old1" });
        Assert.Equal(name, (await node.Resources.ImportAsync("node-a", "boot", import, default)).Network);
    }

    [KernelFact]
    public async Task STATUS_of_a_configuration_whose_network_is_not_made_yet_makes_none()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.GiveUplink();
        var status = new StatusRequest { Network = "my_net", Template = new NetworkTemplate { Ranges = { Range(0, "10.9.0.0/30") } } };
        status.Ranges.Add(Range(0, "10.9.0.0/30"));

        await node.Service.RequireAvailableAsync(status);
        Assert.Single(node.Catalog.Current.All);

        await AttachAsync(node, "my_net", "c1", "10.9.0.0/30");
        await node.Service.RequireAvailableAsync(status);
        await AttachAsync(node, "my_net", "c2", "10.9.0.0/30");
        RefusedException full = await Assert.ThrowsAsync<RefusedException>(() => node.Service.RequireAvailableAsync(status));
        Assert.Equal(RefusalReason.PoolExhausted, full.Reason);
        status.Network = "other";
        RefusedException overlap = await Assert.ThrowsAsync<RefusedException>(() => node.Service.RequireAvailableAsync(status));
        Assert.Contains("network other cannot be made", overlap.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Two_lists_of_one_family_give_two_addresses_that_both_work()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var container = new TestNamespace();
        AttachRequest request = Templated("nets", "c1", container.Namespace.Path, Range(0, "10.1.0.0/24"), Range(1, "10.2.0.0/24"), Range(2, "fd00:9::/64"));

        AttachReply reply = await node.Service.AttachAsync(request);
        node.Wire(reply, container.Namespace);
        await node.Service.CommitAsync(reply.AttachmentId);

        Assert.Equal("10.1.0.1 10.2.0.1 fd00:9::1", Addresses(reply));
        Assert.Empty(node.Reconcile().Changes);
        Assert.Empty((await node.Service.CheckAsync(request.Key.ToKey())).Problems);
        await using TestNode again = await node.RestartAsync();
        Assert.Equal("10.1.0.2 10.2.0.2 fd00:9::2", Addresses(await again.Service.AttachAsync(Templated("nets", "c2", "/run/none", [.. request.Ranges]))));
        await again.Service.DetachAsync(request.Key.ToKey());
        Assert.Equal(3, again.Allocator.Usage([.. again.Catalog.Current.Pools]).Sum(u => u.Used));
    }

    [KernelFact]
    public async Task Static_addresses_are_all_that_a_container_gets()
    {
        await using TestNode node = await TestNode.StartAsync();

        Assert.Equal("10.83.5.5", Addresses(await node.Service.AttachAsync(Static("nets", "c1", "10.83.5.5/24"))));
        Assert.Single(node.Catalog.Current.All);      // the default network's pool has it
        AttachReply two = await node.Service.AttachAsync(Static("nets", "c2", "10.9.0.7/24", "10.9.0.5/24", "fd00:9::5/64"));
        Assert.Equal("10.9.0.7 10.9.0.5 fd00:9::5", Addresses(two));
        Assert.Equal("nets", two.WeftNetwork);
        RefusedException taken = await Assert.ThrowsAsync<RefusedException>(() => node.Service.AttachAsync(Static("nets", "c3", "10.9.0.5/24")));
        Assert.Equal(RefusalReason.AddressInUse, taken.Reason);
        RefusedException outside = await Assert.ThrowsAsync<RefusedException>(() => node.Service.AttachAsync(Static("nets", "c3", "192.0.2.9/32")));
        Assert.Contains("is in no pool of network nets (nets-v4 10.9.0.0/24, nets-v6 fd00:9::/64)", outside.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_reservation_of_the_same_address_goes_with_a_static_one()
    {
        await using TestNode node = await TestNode.StartAsync();
        await node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Reservation
            metadata: {name: db}
            spec: {network: default, containerId: c1, addresses: [10.83.0.9, "fd00:57::9"]}
            """);

        RefusedException other = await Assert.ThrowsAsync<RefusedException>(() => node.Service.AttachAsync(Static("nets", "c1", "10.83.0.8/24")));
        Assert.Contains("Reservation \"db\" gives container c1 address 10.83.0.9", other.Message, StringComparison.Ordinal);
        Assert.Equal("10.83.0.9", Addresses(await node.Service.AttachAsync(Static("nets", "c1", "10.83.0.9/24"))));
    }

    /// <summary>As of a configuration for static.</summary>
    private static AttachRequest Static(string name, string container, params string[] addresses)
    {
        AttachRequest request = Templated(name, container, "/run/none");
        request.ExactAddresses = true;
        uint list = 0;
        foreach (string[] parts in addresses.Select(a => a.Split('/')))
        {
            var address = IPAddress.Parse(parts[0]);
            request.Addresses.Add(ByteString.CopyFrom(address.GetAddressBytes()));
            int length = int.Parse(parts[1]);
            if (length < 32 || address.GetAddressBytes().Length > 4)
            {
                request.Template.Ranges.Add(Range(list++, Cidr.Containing(address, length).ToString()));
            }
        }
        request.Template = request.Template.Ranges.Count == 0 ? null : request.Template;
        return request;
    }

    private static async Task<AttachReply> AttachAsync(TestNode node, string name, string container, string subnet)
    {
        AttachReply reply = await node.Service.AttachAsync(Templated(name, container, "/run/none", Range(0, subnet)));
        await node.Service.CommitAsync(reply.AttachmentId);
        return reply;
    }

    private static AttachRequest Templated(string name, string container, string netns, params AddressRange[] ranges)
    {
        var request = new AttachRequest
        {
            Key = new Contracts.Cni.AttachmentKey { Network = name, ContainerId = container, InterfaceName = "eth0" },
            Netns = netns,
            Template = new NetworkTemplate { Masquerade = true },
        };
        request.Ranges.AddRange(ranges);
        request.Template.Ranges.AddRange(ranges);
        return request;
    }

    private static AddressRange Range(uint list, string subnet)
    {
        string[] parts = subnet.Split('/');
        return new AddressRange
        {
            List = list,
            Subnet = new Prefix { Ip = ByteString.CopyFrom(IPAddress.Parse(parts[0]).GetAddressBytes()), Length = uint.Parse(parts[1]) },
        };
    }

    private static string Addresses(AttachReply reply) => string.Join(' ', reply.Addresses.Select(a => new IPAddress(a.Ip.Span)));
}
