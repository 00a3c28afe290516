using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Ipam;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Tests.Nodes;

/// <summary>Nodes that are drained and forgotten: n1, which has containers, and n2, whose weftd is asked.</summary>
public sealed class LeavingTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Pool[] _pools = [AllocatorBench.Pool("four 10.88.0.0/26 28")];
    private EmbeddedStore _embedded = null!;
    private SimulatedLeases _leases = null!;
    private PartitionedStore _store = null!;
    private ResourceStore _resources = null!;
    private SimulatedNode[] _nodes = null!;

    public async Task InitializeAsync()
    {
        _embedded = EmbeddedStore.Open(_directory, new FakeTimeProvider());
        _leases = new SimulatedLeases(_embedded) { Kind = "etcd" };
        _store = new PartitionedStore(_leases);
        _resources = new ResourceStore(_store, new AddressUsage());
        await _leases.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, new Cluster { Uuid = "one" }.ToByteArray()).Put(StoreKeys.Pool("four"), _pools[0].ToByteArray()), default);
        _nodes = [new SimulatedNode(1, _leases, _pools, 1), new SimulatedNode(2, _leases, _pools, 1)];
        foreach (SimulatedNode node in _nodes)
        {
            await _leases.TxnAsync(
                new StoreTxn().Put(StoreKeys.NodeNumber(node.Number), new NumberHolder(node.Name, "").ToBytes())
                    .Put(StoreKeys.LastNodeNumber, "2"u8.ToArray()),
                default);
            Assert.True(await node.StartAsync());
        }
        Assert.NotNull(await _nodes[0].AttachAsync());
        await _nodes[0].LookAsync();
        await _nodes[1].LookAsync();
        await PublishEndpointAsync("n1", "web");
        await PublishEndpointAsync("n2", "db");
    }

    public async Task DisposeAsync()
    {
        await _nodes[0].DisposeAsync();
        await _nodes[1].DisposeAsync();
        await _embedded.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_drained_node_gives_every_block_back_once_nothing_uses_it()
    {
        DrainNodeReply begun = await _resources.DrainAsync("n1", default);
        Assert.Equal((true, 1u, 0u, NodeReadiness.Ready), (begun.Changed, begun.Blocks, begun.Moved, begun.Readiness));
        Assert.Equal("web", Assert.Single(begun.Endpoints).Name);
        BlockKeeper keeper = KeeperOf(_nodes[0]);
        await keeper.LookAsync(default);
        Assert.Equal(1u, (await _resources.DrainAsync("n1", default)).Blocks);

        _nodes[0].Detach(0);
        await keeper.LookAsync(default);
        Assert.Equal(1u, (await _resources.DrainAsync("n1", default)).Blocks);     // its address rests
        _nodes[0].Advance(TimeSpan.FromSeconds(61));
        await keeper.LookAsync(default);

        DrainNodeReply done = await _resources.DrainAsync("n1", default);
        Assert.Equal((false, 0u), (done.Changed, done.Blocks));
        Assert.True(await _resources.CordonAsync("n1", cordoned: false, default));
        Node node = (await _resources.ListAsync("Node", "n1", default))[0].Node;
        Assert.Equal((false, false), (node.Cordoned, node.Draining));
    }

    [Fact]
    public async Task Two_drains_at_once_are_one_drain()
    {
        DrainNodeReply[] replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _resources.DrainAsync("n1", default))));
        Assert.Single(replies, r => r.Changed);
        await Assert.ThrowsAsync<ResourceException>(() => _resources.DrainAsync("n9", default));
    }

    [Fact]
    public async Task A_node_that_shares_its_store_with_nobody_is_not_drained()
    {
        var alone = new ResourceStore(_embedded, new AddressUsage());
        Assert.Contains("cordon", (await Assert.ThrowsAsync<ResourceException>(() => alone.DrainAsync("n1", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_alive_unknown_or_the_asked_one_is_not_forgotten()
    {
        Assert.Contains("is alive", (await RefusedAsync("n1")).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", (await RefusedAsync("n9")).Message, StringComparison.Ordinal);
        Assert.Contains("own", (await RefusedAsync("n2")).Message, StringComparison.Ordinal);
        Assert.Equal(1u, (await BlockAsync()).Owner);
    }

    [Fact]
    public async Task What_would_be_lost_is_told_and_nothing_changed()
    {
        long before = (await _leases.RangeAsync(StoreKeys.Root, default)).Revision;

        ForgetNodeReply would = await _resources.ForgetAsync("n1", "n2", dryRun: true, evenIfAlive: false, default);

        Assert.Equal((1u, NodeReadiness.Ready, 1u), (would.Number, would.Readiness, would.Addresses));
        Assert.Equal(["10.88.0.0/28"], would.Blocks);
        Assert.Equal("web", Assert.Single(would.Endpoints).Name);
        Assert.Equal(before, (await _leases.RangeAsync(StoreKeys.Root, default)).Revision);
    }

    [Fact]
    public async Task A_forgotten_node_leaves_nothing_but_its_blocks_in_quarantine()
    {
        await MoveAsync("10.88.0.40", owner: 1);
        await MoveAsync("10.88.0.41", owner: 2);
        await LeaveAsync();

        ForgetNodeReply lost = await _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: false, default);

        Assert.Equal(["10.88.0.40"], lost.Moved);
        Assert.Equal((0u, 2ul, false), ((await BlockAsync()).Owner, (await BlockAsync()).Epoch, (await BlockAsync()).IsFree));
        string[] left = [.. (await _leases.RangeAsync(StoreKeys.Root, default)).Entries.Select(e => e.Key[StoreKeys.Root.Length..])];
        Assert.Equal(
            ["alive/n2", "blocks/four/10.88.0.0_28", "cluster", "endpoints/default/db/wftdb", "holds/000002", "moved/net/10.88.0.41", "nodenum/000002", "nodenumlast", "nodes/n2", "pools/four", "reclaimer"],
            left);
        Assert.Contains("does not exist", (await RefusedAsync("n1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forgotten_node_that_was_not_dead_is_fenced_and_its_number_is_nobodys_again()
    {
        _nodes[0].Store.IsCut = true;
        await _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: true, default);
        await FreeAsync();
        while ((await _nodes[1].AttachAsync())!.Addresses[0].Address.ToString() != "10.88.0.1")
        {
        }
        _nodes[0].Store.IsCut = false;
        await _nodes[0].LookAsync();

        Assert.Equal("10.88.0.1", Assert.Single(_nodes[0].Allocator!.Conflicts).Address.ToString());
        Assert.Single(_nodes[0].Live);
        await _leases.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeAlive("n1")), default);
        Assert.Equal(3u, (await new NodeClaim(_leases, "n1", "0123", "boot", TimeProvider.System).ClaimAsync(default)).Number);
    }

    [Fact]
    public async Task What_an_outage_interrupted_is_finished_by_asking_again()
    {
        await MoveAsync("10.88.0.40", owner: 1);
        await LeaveAsync();
        _store.LosesNextAnswer = true;      // of what takes the record

        await Assert.ThrowsAsync<StoreOutcomeUnknownException>(() => _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: false, default));
        await Assert.ThrowsAsync<StoreException>(() => _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: false, default));
        _store.IsCut = false;
        Assert.Equal(1u, (await BlockAsync()).Owner);
        Assert.Contains(await _resources.ListAsync("Node", "", default), r => r.Node is { Name: "n1.former-1", Readiness: NodeReadiness.Away, Blocks: 1, Moved: 1 });

        await _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: false, default);
        Assert.Equal(0u, (await BlockAsync()).Owner);
        Assert.Single((await _leases.RangeAsync(StoreKeys.Endpoints, default)).Entries);
        Assert.Single((await _leases.RangeAsync(StoreKeys.NodeNumbers, default)).Entries);
        Assert.Empty((await _leases.RangeAsync(StoreKeys.Moved, default)).Entries);
    }

    [Fact]
    public async Task A_machine_that_lost_its_name_to_another_is_forgotten_by_what_it_is_called_now_and_the_other_keeps_all()
    {
        await LeaveAsync();
        await _leases.TxnAsync(new StoreTxn().Put(StoreKeys.NodeNumber(1), new NumberHolder("n1", "old").ToBytes()), default);
        NodeIdentity next = await new NodeClaim(_leases, "n1", "new", "boot", TimeProvider.System).ClaimAsync(default);

        ForgetNodeReply lost = await _resources.ForgetAsync("n1.former-1", "n2", dryRun: false, evenIfAlive: false, default);

        Assert.Equal((1u, 0), (lost.Number, lost.Endpoints.Count));
        Assert.Equal(0u, (await BlockAsync()).Owner);
        Assert.NotNull(await _leases.GetAsync(StoreKeys.Node("n1"), default));
        Assert.NotNull(await _leases.GetAsync(StoreKeys.NodeNumber(next.Number), default));
        Assert.Equal(2, (await _leases.RangeAsync(StoreKeys.Endpoints, default)).Entries.Count);
        Assert.Null(await _leases.GetAsync(StoreKeys.NodeNumber(1), default));
    }

    [Fact]
    public async Task A_node_whose_record_cannot_be_read_is_listed_and_can_be_forgotten()
    {
        await LeaveAsync();
        await _leases.TxnAsync(new StoreTxn().Put(StoreKeys.Node("n1"), "\xff\xff"u8.ToArray()), default);
        Assert.Equal(["n1", "n2"], (await _resources.ListAsync("Node", "", default)).Select(r => r.Node.Name));
        Assert.Equal(1u, (await _resources.ListAsync("Node", "n1", default))[0].Node.Number);

        await _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: false, default);

        Assert.Equal(0u, (await BlockAsync()).Owner);
        Assert.Null(await _leases.GetAsync(StoreKeys.Node("n1"), default));
    }

    [Fact]
    public async Task A_forgotten_number_claims_and_confirms_nothing()
    {
        var claims = new BlockClaims(_leases, 1, new NumberHolder("n1", ""));
        Assert.NotNull(await claims.ClaimLowestAsync(Layout(), [Cidr.Parse("10.88.0.0/28")], default));
        await LeaveAsync();
        await _resources.ForgetAsync("n1", "n2", dryRun: false, evenIfAlive: false, default);

        await Assert.ThrowsAsync<NodeNumberLostException>(() => claims.ClaimLowestAsync(Layout(), [], default));
        await Assert.ThrowsAsync<NodeNumberLostException>(() => claims.ConfirmAsync([], new BlockHold { Node = 1 }, null, default));
    }

    private PoolLayout Layout()
    {
        Assert.True(PoolLayout.TryCreate(_pools[0], out PoolLayout? layout, out _));
        return layout;
    }

    private BlockKeeper KeeperOf(SimulatedNode node) => new(
        node.Allocator!, new AllocationCopies(_leases, node.Name, () => node.Live, node.Allocator!, () => _pools), SimulatedNode.Hold, node.Clock, NullLogger<BlockKeeper>.Instance)
    {
        IsCordoned = () => true,
        IsDraining = () => true,
    };

    private async Task LeaveAsync()
    {
        _nodes[0].TurnOff();
        await _leases.AdvanceAsync(NodePresence.TimeToLive);
        await _nodes[1].LookAsync();
    }

    private async Task FreeAsync()
    {
        for (int i = 0; i < 6; i++)
        {
            foreach (SimulatedNode node in _nodes)
            {
                node.Advance(SimulatedNode.ReclaimInterval);
            }
            await _leases.AdvanceAsync(SimulatedNode.ReclaimInterval);
            await _nodes[1].LookAsync();
        }
    }

    private Task<ResourceException> RefusedAsync(string name) =>
        Assert.ThrowsAsync<ResourceException>(() => _resources.ForgetAsync(name, "n2", dryRun: false, evenIfAlive: false, default));

    private async Task<OwnedBlock> BlockAsync() => BlockClaims.TryRead((await _leases.GetAsync(StoreKeys.Block("four", "10.88.0.0/28"), default))!)!;

    private async Task MoveAsync(string address, uint owner) => await _leases.TxnAsync(
        new StoreTxn().Put(
            StoreKeys.MovedAddress("net", address), new MovedAddress { Network = "net", Address = address, Owner = owner, Epoch = 1, Reservation = "r" }.ToByteArray()),
        default);

    private async Task PublishEndpointAsync(string node, string name) => await _leases.TxnAsync(
        new StoreTxn().Put(
            StoreKeys.Endpoint("default", name, $"wft{name}"), new Endpoint { Namespace = "default", Name = name, Node = node, HostInterface = $"wft{name}" }.ToByteArray()),
        default);
}
