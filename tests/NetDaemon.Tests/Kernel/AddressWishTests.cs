using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.TestSupport;
using AttachmentKey = Weft.NetDaemon.Attachments.AttachmentKey;
using CniRefusal = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Which address an ADD gets, with all of weftd's parts.</summary>
public sealed class AddressWishTests
{
    private const string Reserved = """
        apiVersion: weft.dev/v1
        kind: Reservation
        metadata: {name: db}
        spec: {network: default, namespace: shop, endpointName: db, addresses: [10.83.0.1, "fd00:57::77"], mac: "02:00:00:00:00:77"}
        """;

    [KernelFact]
    public async Task A_reserved_address_and_its_mac_are_one_endpoints_alone()
    {
        await using TestNode node = await TestNode.StartAsync();
        await node.ApplyAsync(Reserved);

        Assert.Equal("10.83.0.2 fd00:57::1", Addresses(await AttachAsync(node, "c1")));
        Assert.Empty((await node.Resources.ListAsync("Reservation", "db", default))[0].Reservation.InUse);
        AttachReply db = await AttachAsync(node, "c2", "db");
        Assert.Equal(["10.83.0.1", "fd00:57::77"], (await node.Resources.ListAsync("Reservation", "db", default))[0].Reservation.InUse);
        Assert.Equal("10.83.0.1 fd00:57::77", Addresses(db));
        Assert.Equal("02:00:00:00:00:77", new MacAddress(db.ContainerMac.Span).ToString());
        RefusedException other = await RefusedAsync(node, Request(node, "c3", "web", "10.83.0.1"));
        Assert.Contains("is reserved for shop/db by Reservation \"db\"", other.Message, StringComparison.Ordinal);

        await node.DeleteAsync("Reservation", "db");
        await node.Service.DetachAsync(KeyOf("c2"));
        Assert.Equal("10.83.0.1", Addresses(await AttachAsync(node, "c4", "web", "10.83.0.1")).Split(' ')[0]);
    }

    [KernelFact]
    public async Task A_cordoned_node_gives_out_no_address_and_claims_no_block()
    {
        await using TestNode node = await TestNode.StartAsync();
        node.Service.IsCordoned = () => true;

        RefusedException cordoned = await RefusedAsync(node, Request(node, "c1", "web"));
        Assert.Equal(CniRefusal.NotReady, cordoned.Reason);
        Assert.Contains("is cordoned", cordoned.Message, StringComparison.Ordinal);
        Assert.Empty(await node.Resources.ListAsync("Block", "", default));

        node.Service.IsCordoned = () => false;
        await AttachAsync(node, "c1");
        Assert.NotEmpty(await node.Resources.ListAsync("Block", "", default));
    }

    [KernelFact]
    public async Task A_wish_must_say_what_the_reservation_says()
    {
        await using TestNode node = await TestNode.StartAsync();
        await node.ApplyAsync(Reserved);

        RefusedException address = await RefusedAsync(node, Request(node, "c1", "db", "10.83.0.9"));
        Assert.Equal("address 10.83.0.9 was asked for, but Reservation \"db\" gives shop/db address 10.83.0.1", address.Message);
        AttachRequest mac = Request(node, "c1", "db");
        mac.Mac = ByteString.CopyFrom(2, 0, 0, 0, 0, 1);
        Assert.Contains("MAC 02:00:00:00:00:01 was asked for", (await RefusedAsync(node, mac)).Message, StringComparison.Ordinal);
        Assert.Equal("10.83.0.1 fd00:57::77", Addresses(await AttachAsync(node, "c1", "db", "10.83.0.1", "fd00:57::77")));
        RefusedException second = await RefusedAsync(node, Request(node, "c2", "db"));
        Assert.Equal(CniRefusal.AddressInUse, second.Reason);
        Assert.Contains("in use by shop/db (container c1, eth0)", second.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task An_address_in_use_is_not_reserved_for_another()
    {
        await using TestNode node = await TestNode.StartAsync();
        await AttachAsync(node, "c1", "web");

        ResourceException refusal = await Assert.ThrowsAsync<ResourceException>(() => node.ApplyAsync(Reserved));

        Assert.Contains("10.83.0.1 is in use by shop/web (container c1, eth0); stop that container first", refusal.Message, StringComparison.Ordinal);
        await node.Service.DetachAsync(KeyOf("c1"));
        await node.ApplyAsync(Reserved);
    }

    [KernelFact]
    public async Task An_endpoint_that_comes_back_gets_its_former_address()
    {
        await using TestNode node = await TestNode.StartAsync();
        Assert.Equal("10.83.0.1 fd00:57::1", Addresses(await AttachAsync(node, "c1", "web")));
        await node.Service.DetachAsync(KeyOf("c1"));
        Assert.Equal("10.83.0.2 fd00:57::2", Addresses(await AttachAsync(node, "c2", "other")));

        Assert.Equal("10.83.0.1 fd00:57::1", Addresses(await AttachAsync(node, "c3", "web")));
    }

    [KernelFact]
    public async Task Ranges_restrict_where_the_address_is_from_and_their_gateway_is_nobodys()
    {
        await using TestNode node = await TestNode.StartAsync();
        AttachRequest request = Request(node, "c1", "");
        request.Ranges.Add(Range(0, "10.83.0.0/16", "10.83.9.5", "10.83.9.6", "10.83.9.5"));

        Assert.Equal("10.83.9.6", Addresses(await node.Service.AttachAsync(request)));

        request.Key.ContainerId = "c2";
        RefusedException full = await RefusedAsync(node, request);
        Assert.Equal(CniRefusal.PoolExhausted, full.Reason);
        Assert.Contains("within 10.83.9.5 to 10.83.9.6", full.Message, StringComparison.Ordinal);
        Assert.Contains("is withheld", (await RefusedAsync(node, Request(node, "c3", "", "10.83.9.5"))).Message, StringComparison.Ordinal);
        request.Ranges[0] = Range(0, "10.99.0.0/24");
        RefusedException outside = await RefusedAsync(node, request);
        Assert.Equal("the configuration's range(s) 10.99.0.0/24 lie in no pool of network default (default-v4 10.83.0.0/16, default-v6 fd00:57::/56)", outside.Message);
        request.Ranges[0] = Range(0, "10.83.0.5/24");
        Assert.Contains("write 10.83.0.0/24", (await RefusedAsync(node, request)).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Twenty_ADDs_of_a_bridge_configuration_make_one_network()
    {
        await using TestNode node = await TestNode.StartAsync();

        AttachReply[] replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => node.Service.AttachAsync(Templated(node, $"c{i}", "10.9.0.0/24")))));

        Assert.Equal(20, replies.Select(Addresses).Distinct().Count());
        Assert.All(replies, r => Assert.Equal("mynet", r.WeftNetwork));
        Assert.DoesNotContain("10.9.0.1", replies.Select(Addresses));
        Assert.True(node.Catalog.Current.TryGet("mynet", out _));
        Assert.Equal("mynet-v4 10.9.0.0/24", string.Join(", ", node.Catalog.Current.Pools.Where(p => p.Network == "mynet").Select(p => $"{p.Name} {p.Cidr}")));
        IReadOnlyList<Resource> made = await node.Resources.ListAsync("Network", "mynet", default);
        Assert.Equal("mynet", made[0].Network.CniConfiguration);
    }

    [KernelTheory]
    [InlineData("10.9.0.0/30", 1)]
    [InlineData("10.9.0.0/28", 13)]
    public async Task A_small_subnet_is_used_up_to_its_last_host(string subnet, int hosts)
    {
        await using TestNode node = await TestNode.StartAsync();
        for (int i = 0; i < hosts; i++)
        {
            Assert.Equal($"10.9.0.{i + 2}", Addresses(await node.Service.AttachAsync(Templated(node, $"c{i}", subnet))));
        }

        Assert.Equal(CniRefusal.PoolExhausted, (await RefusedAsync(node, Templated(node, "last", subnet))).Reason);
    }

    [KernelFact]
    public async Task A_bridge_configuration_that_overlaps_another_network_is_refused_with_both_names()
    {
        await using TestNode node = await TestNode.StartAsync();

        RefusedException refusal = await RefusedAsync(node, Templated(node, "c1", "10.83.4.0/24"));

        Assert.Contains("network mynet cannot be made", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("overlaps 10.83.0.0/16 of pool \"default-v4\" (network \"default\")", refusal.Message, StringComparison.Ordinal);
        Assert.False(node.Catalog.Current.TryGet("mynet", out _));
    }

    [KernelFact]
    public async Task Imported_addresses_are_held_until_their_container_is_deleted()
    {
        await using TestNode node = await TestNode.StartAsync();
        var import = new ImportRequest { Name = "mynet" };
        import.Addresses.Add(new HeldAddress { Address = "10.83.0.1", ContainerId = "old1", InterfaceName = "eth0" });
        import.Addresses.Add(new HeldAddress { Address = "10.83.0.2", ContainerId = "old2" });
        ImportReply reply = await node.Resources.ImportAsync("node-a", "boot", import, default);
        Assert.Equal(("default", 2u, 0u, 0u), (reply.Network, reply.Added, reply.Kept, reply.Removed));
        Assert.Equal(2u, (await node.Resources.ImportAsync("node-a", "boot", import, default)).Kept);

        Assert.Equal("10.83.0.3", Addresses(await AttachAsync(node, "c1")).Split(' ')[0]);
        await node.Service.DetachAsync(new AttachmentKey("mynet", "old1", "net1"));
        Assert.Contains("reserved for container old1 (eth0)", (await RefusedAsync(node, Request(node, "c2", "", "10.83.0.1"))).Message, StringComparison.Ordinal);
        await node.Service.DetachAsync(new AttachmentKey("mynet", "old1", "eth0"));
        Assert.Equal("10.83.0.1", Addresses(await AttachAsync(node, "c2", "", "10.83.0.1")).Split(' ')[0]);

        var collect = new CollectRequest { Network = "mynet" };
        collect.Valid.Add(new Contracts.Cni.AttachmentKey { ContainerId = "old2", InterfaceName = "eth0" });
        Assert.Equal(0u, (await node.Service.CollectAsync(collect)).Removed);
        collect.Valid.Clear();
        Assert.Equal(1u, (await node.Service.CollectAsync(collect)).Removed);
        Assert.Empty(await node.Resources.ListAsync("Reservation", "", default));
    }

    [KernelFact]
    public async Task An_import_is_done_whole_or_not_at_all()
    {
        await using TestNode node = await TestNode.StartAsync();
        await AttachAsync(node, "c1", "web");
        var import = new ImportRequest { Name = "mynet", Network = "default" };
        import.Addresses.Add(new HeldAddress { Address = "10.83.0.5", ContainerId = "old1" });
        import.Addresses.Add(new HeldAddress { Address = "10.83.0.1", ContainerId = "old2" });
        import.Addresses.Add(new HeldAddress { Address = "192.0.2.1", ContainerId = "old3" });

        ResourceException refusal = await Assert.ThrowsAsync<ResourceException>(() => node.Resources.ImportAsync("node-a", "boot", import, default));

        Assert.Contains("10.83.0.1 is in use by shop/web", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1 is in no pool of network \"default\" (default-v4 10.83.0.0/16, default-v6 fd00:57::/56); apply a Pool", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await node.Resources.ListAsync("Reservation", "", default));
        import.SkipUnusable = true;
        Assert.Equal(2, (await node.Resources.ImportAsync("node-a", "boot", import, default)).Unusable.Count);
        Resource held = Assert.Single(await node.Resources.ListAsync("Reservation", "imported-10-83-0-5", default));
        Assert.Equal("mynet", held.Reservation.ImportedFrom);
        await Assert.ThrowsAsync<ResourceException>(() => node.DeleteAsync("Pool", "default-v4"));
        await node.DeleteAsync("Reservation", "imported-10-83-0-5");
        Assert.Empty(node.Catalog.Current.Reservations.All);
        Assert.Equal(0u, await node.Resources.ForgetImportAsync("node-a", "mynet", default));
        await Assert.ThrowsAsync<ResourceException>(() => node.Resources.ForgetImportAsync("node-a", "mynet", default));
    }

    private static AttachRequest Request(TestNode node, string container, string endpoint, params string[] wanted)
    {
        AttachRequest request = node.Request(container);
        request.Netns = "/run/none";
        request.EndpointNamespace = endpoint.Length > 0 ? "shop" : "";
        request.EndpointName = endpoint;
        request.Addresses.AddRange(wanted.Select(w => ByteString.CopyFrom(IPAddress.Parse(w).GetAddressBytes())));
        return request;
    }

    private static async Task<AttachReply> AttachAsync(TestNode node, string container, string endpoint = "", params string[] wanted)
    {
        AttachReply reply = await node.Service.AttachAsync(Request(node, container, endpoint, wanted));
        await node.Service.CommitAsync(reply.AttachmentId);
        return reply;
    }

    private static Task<RefusedException> RefusedAsync(TestNode node, AttachRequest request) =>
        Assert.ThrowsAsync<RefusedException>(() => node.Service.AttachAsync(request));

    /// <summary>As of a configuration for bridge and host-local whose gateway is the subnet's first host.</summary>
    private static AttachRequest Templated(TestNode node, string container, string subnet)
    {
        AttachRequest request = Request(node, container, "");
        request.Key.Network = "mynet";
        AddressRange range = Range(0, subnet, gateway: subnet.Split('/')[0][..^1] + "1");
        request.Ranges.Add(range);
        request.Template = new NetworkTemplate { Masquerade = true };
        request.Template.Ranges.Add(range);
        return request;
    }

    private static AddressRange Range(uint list, string subnet, string? start = null, string? end = null, string? gateway = null)
    {
        string[] parts = subnet.Split('/');
        return new AddressRange
        {
            List = list,
            Subnet = new Prefix { Ip = Bytes(parts[0]), Length = uint.Parse(parts[1]) },
            Start = Bytes(start),
            End = Bytes(end),
            Gateway = Bytes(gateway),
        };
    }

    private static ByteString Bytes(string? address) => address is null ? ByteString.Empty : ByteString.CopyFrom(IPAddress.Parse(address).GetAddressBytes());

    private static AttachmentKey KeyOf(string container) => TestNode.KeyOf(container);

    private static string Addresses(AttachReply reply) => string.Join(' ', reply.Addresses.Select(a => new IPAddress(a.Ip.Span)));
}
