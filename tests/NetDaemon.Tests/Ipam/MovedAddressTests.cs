using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>Reserved addresses that follow their endpoint from node to node.</summary>
public sealed class MovedAddressTests : IAsyncLifetime, IDisposable
{
    private const string Address = "10.88.0.5";

    private static readonly AddressWish Wish = new() { Wanted = [IPAddress.Parse(Address)], MayMove = a => a.ToString() == Address ? "db" : null };

    private readonly TempDirectory _directory = new();
    private readonly Pool[] _pools = [AllocatorBench.Pool("four 10.88.0.0/26 28")];
    private EmbeddedStore _embedded = null!;
    private SimulatedLeases _store = null!;
    private SimulatedNode[] _nodes = null!;

    public async Task InitializeAsync()
    {
        _embedded = EmbeddedStore.Open(_directory, new FakeTimeProvider());
        _store = new SimulatedLeases(_embedded);
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, Google.Protobuf.MessageExtensions.ToByteArray(new Cluster { Uuid = "one" })), default);
        await _store.TxnAsync(
            new StoreTxn()
                .Put(StoreKeys.Pool("four"), _pools[0].ToByteArray())
                .Put(StoreKeys.Network("net"), new Network { Name = "net", Number = 1, Vni = 1, Gateway4 = "169.254.1.1" }.ToByteArray())
                .Put(StoreKeys.Reservation("db"), new Reservation { Name = "db", Network = "net", Namespace = "shop", EndpointName = "db", Addresses = { Address } }.ToByteArray()),
            default);
        _nodes = [.. Enumerable.Range(1, 3).Select(n => new SimulatedNode((uint)n, _store, _pools, 1))];
        foreach (SimulatedNode node in _nodes)
        {
            await _store.TxnAsync(new StoreTxn().Put(StoreKeys.NodeNumber(node.Number), System.Text.Encoding.UTF8.GetBytes(node.Name)), default);
            Assert.True(await node.StartAsync());
            await node.LookAsync();
        }
        Assert.NotNull(await _nodes[0].AttachAsync());      // the block is node 1's
    }

    public async Task DisposeAsync()
    {
        foreach (SimulatedNode node in _nodes)
        {
            await node.DisposeAsync();
        }
        await _embedded.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_reserved_address_comes_to_the_node_where_its_endpoint_starts()
    {
        AttachmentRecord record = (await _nodes[1].AttachAsync(Wish))!;

        Assert.Equal(Address, Assert.Single(record.Addresses).Address.ToString());
        Assert.Equal((2u, 1ul), await OwnerAsync());
        Assert.Empty(_nodes[1].Allocator!.Conflicts);
        Assert.Empty(_nodes[1].Allocator!.Usage(_pools)[0].Blocks);
        Assert.Null(await _nodes[1].AttachAsync(Wish));      // it has it already
    }

    [Fact]
    public async Task An_address_without_such_a_reservation_stays_with_its_block()
    {
        Assert.Null(await _nodes[1].AttachAsync(Wish with { MayMove = null }));
        Assert.Null(await _nodes[1].AttachAsync(Wish with { Wanted = [IPAddress.Parse("10.88.0.6")] }));
        Assert.Null(await OwnerAsync());
    }

    [Fact]
    public async Task The_new_place_is_made_before_the_old_one_is_broken_and_the_old_one_notices()
    {
        await _nodes[1].AttachAsync(Wish);
        await _nodes[2].AttachAsync(Wish);
        Assert.Equal((3u, 2ul), await OwnerAsync());
        await LookAsync();

        Assert.Equal("it has moved on to node 3", Assert.Single(_nodes[1].Allocator!.Conflicts).Reason);
        _nodes[1].Detach(0);
        await LookAsync();
        Assert.Empty(_nodes[1].Allocator!.Conflicts);
        Assert.Equal((3u, 2ul), await OwnerAsync());      // the end of the old one takes nothing from the new one
    }

    [Fact]
    public async Task It_goes_home_when_its_endpoint_ends_or_starts_there()
    {
        await _nodes[1].AttachAsync(Wish);
        _nodes[1].Detach(0);
        await LookAsync();
        Assert.Null(await OwnerAsync());

        await _nodes[1].AttachAsync(Wish);
        Assert.NotNull(await _nodes[0].AttachAsync(Wish));
        Assert.Null(await OwnerAsync());
        await LookAsync();
        Assert.Equal("it has gone home to its block's node", Assert.Single(_nodes[1].Allocator!.Conflicts).Reason);
    }

    [Fact]
    public async Task A_restarted_weftd_knows_what_moved_here()
    {
        await _nodes[1].AttachAsync(Wish);
        _nodes[1].Crash();
        Assert.True(await _nodes[1].StartAsync());
        await LookAsync();

        Assert.Empty(_nodes[1].Allocator!.Conflicts);
        Assert.Equal((2u, 1ul), await OwnerAsync());
    }

    [Fact]
    public async Task Its_reservation_stays_while_it_is_away()
    {
        await _nodes[1].AttachAsync(Wish);
        var resources = new ResourceStore(_store, new AddressUsage());
        var refused = await Assert.ThrowsAsync<ResourceException>(() => resources.DeleteAsync(
            [new DeclaredIdentity(ResourceKind.Reservation, "db", ManifestOrigin.BuiltIn("-"))], default));
        Assert.Equal("Reservation \"db\": its address 10.88.0.5 lives on node n2, away from its block; stop the container there first", refused.Message);
    }

    [Fact]
    public async Task Only_so_many_of_a_network_move()
    {
        for (int i = 0; i < MovedAddresses.MostOfNetwork; i++)
        {
            await _store.TxnAsync(new StoreTxn().Put(StoreKeys.MovedAddress("net", $"10.88.9.{i}"), new byte[] { 0xff }), default);
        }
        Assert.Null(await _nodes[1].AttachAsync(Wish));
        Assert.Null(await OwnerAsync());
    }

    [Fact]
    public async Task A_dead_nodes_address_goes_home()
    {
        await _nodes[1].AttachAsync(Wish);
        _nodes[1].TurnOff();
        for (int i = 0; i < 25; i++)
        {
            await _store.AdvanceAsync(SimulatedNode.ReclaimInterval);
            Array.ForEach(_nodes, n => n.Advance(SimulatedNode.ReclaimInterval));
            await LookAsync();
        }
        Assert.Null(await OwnerAsync());
        Assert.NotNull(await _nodes[0].AttachAsync(Wish));
    }

    private async Task LookAsync()
    {
        Array.ForEach(_nodes, n => n.Advance(BlockKeeper.Interval));
        foreach (SimulatedNode node in _nodes)
        {
            await node.LookAsync();
        }
    }

    private async Task<(uint Owner, ulong Epoch)?> OwnerAsync() => await _store.GetAsync(StoreKeys.MovedAddress("net", Address), default) is { } entry
        ? (MovedAddresses.TryRead(entry)!.Owner, MovedAddresses.TryRead(entry)!.Epoch)
        : null;
}
