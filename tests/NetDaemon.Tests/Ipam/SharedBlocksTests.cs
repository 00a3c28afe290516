using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>Single stories of what the simulation tries at random: the fence, head room, reclaim and return.</summary>
public sealed class SharedBlocksTests : IAsyncLifetime, IDisposable
{
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
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Pool("four"), Google.Protobuf.MessageExtensions.ToByteArray(_pools[0])), default);
        _nodes = [new SimulatedNode(1, _store, _pools, 1), new SimulatedNode(2, _store, _pools, 1)];
        foreach (SimulatedNode node in _nodes)
        {
            await _store.TxnAsync(new StoreTxn().Put(StoreKeys.NodeNumber(node.Number), System.Text.Encoding.UTF8.GetBytes(node.Name)), default);
            Assert.True(await node.StartAsync());
        }
    }

    public async Task DisposeAsync()
    {
        await _nodes[0].DisposeAsync();
        await _nodes[1].DisposeAsync();
        await _embedded.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_node_that_is_cut_off_gives_out_addresses_for_as_long_as_it_holds_its_blocks_and_no_longer()
    {
        await AttachAsync(_nodes[0]);
        await _nodes[0].LookAsync();
        _nodes[0].Store.IsCut = true;
        await PassAsync(SimulatedNode.Hold - TimeSpan.FromSeconds(1));
        await AttachAsync(_nodes[0]);
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Null(await _nodes[0].AttachAsync());
        Assert.True(_nodes[0].Allocator!.FenceLeft <= TimeSpan.Zero);
        _nodes[0].Store.IsCut = false;
        await AttachAsync(_nodes[0]);
    }

    [Fact]
    public async Task A_weftd_that_starts_without_the_store_goes_on_as_long_as_the_one_before()
    {
        await AttachAsync(_nodes[0]);
        await _nodes[0].LookAsync();
        await PassAsync(TimeSpan.FromMinutes(30));
        using var ledger = AttachmentLedger.Open(_directory);
        var fence = new BlockFence(_directory, 7, "boot", SimulatedNode.Hold, _nodes[0].Clock);
        var block = new OwnedBlock("four", Cidr.Parse("10.88.0.0/28"), 7, 1, 12);
        fence.Confirmed(fence.Announce(), [block]);
        await PassAsync(TimeSpan.FromMinutes(30));

        var next = new BlockFence(_directory, 7, "boot", SimulatedNode.Hold, _nodes[0].Clock);
        Assert.Equal(TimeSpan.FromMinutes(30), next.Left);
        Assert.True(next.Covers(block));
        Assert.False(next.Covers(block with { ModRevision = 13 }));
        Assert.Null(new BlockFence(_directory, 7, "another boot", SimulatedNode.Hold, _nodes[0].Clock).Left);
        Assert.Null(new BlockFence(_directory, 8, "boot", SimulatedNode.Hold, _nodes[0].Clock).Left);
        next.Remove(block);
        Assert.False(new BlockFence(_directory, 7, "boot", SimulatedNode.Hold, _nodes[0].Clock).Covers(block));
    }

    [Fact]
    public async Task A_block_is_claimed_ahead_and_given_back_when_it_is_not_needed()
    {
        for (int i = 0; i < 11; i++)
        {
            await AttachAsync(_nodes[0]);
        }
        await _nodes[0].LookAsync();
        Assert.Single(Blocks(_nodes[0]));
        await AttachAsync(_nodes[0]);
        await _nodes[0].LookAsync();
        Assert.Equal(["10.88.0.0/28", "10.88.0.16/28"], Blocks(_nodes[0]));

        _nodes[0].Store.IsCut = true;
        for (int i = 0; i < 16; i++)
        {
            await AttachAsync(_nodes[0]);      // from what it has, without the store
        }
        _nodes[0].Store.IsCut = false;
        while (_nodes[0].Live.Count > 0)
        {
            _nodes[0].Detach(0);
        }
        await _nodes[0].LookAsync();
        Assert.Equal(3, Blocks(_nodes[0]).Count);      // what rests is no room
        await PassAsync(TimeSpan.FromMinutes(5));      // nothing rests any more, and is kept for nobody
        await _nodes[0].LookAsync();
        Assert.Single(Blocks(_nodes[0]));
        // What was given back is anybody's, and keeps its epoch. The first one of a pool has no whole block's room: its first address is nobody's.
        Assert.Equal(
            ["10.88.0.0/28 of 0, epoch 1, free", "10.88.0.16/28 of 1, epoch 1", "10.88.0.32/28 of 0, epoch 1, free"],
            (await _store.RangeAsync(StoreKeys.Blocks, default)).Entries.Select(e => BlockClaims.TryRead(e)!).OrderBy(b => b.Cidr)
                .Select(b => $"{b.Cidr} of {b.Owner}, epoch {b.Epoch}{(b.IsFree ? ", free" : "")}"));
    }

    [Fact]
    public async Task A_dead_nodes_block_is_taken_after_the_bound_and_rests_before_another_gets_it()
    {
        await AttachAsync(_nodes[0]);
        await _nodes[0].LookAsync();
        _nodes[0].TurnOff();
        TimeSpan away = TimeSpan.Zero;
        for (; (await BlockAsync()).Owner == 1; away += SimulatedNode.ReclaimInterval)
        {
            await PassAsync(SimulatedNode.ReclaimInterval);
            await _nodes[1].LookAsync();
        }

        // The one that looked may have been the dead one: its turn ends after three intervals.
        Assert.InRange(away, BlockReclaimer.Bound(SimulatedNode.Hold), BlockReclaimer.Bound(SimulatedNode.Hold) + (SimulatedNode.ReclaimInterval * 5));
        Assert.Equal((0u, 2ul, false), ((await BlockAsync()).Owner, (await BlockAsync()).Epoch, (await BlockAsync()).IsFree));
        Assert.Empty((await _store.RangeAsync(StoreKeys.Allocations, default)).Entries);
        Assert.Equal("10.88.0.16", (await AttachAsync(_nodes[1])).Addresses[0].Address.ToString());
        for (int i = 0; i < 4; i++)
        {
            await PassAsync(SimulatedNode.ReclaimInterval);
            await _nodes[1].LookAsync();
        }
        Assert.True((await BlockAsync()).IsFree);
    }

    [Fact]
    public async Task A_node_that_comes_back_to_a_block_of_anothers_gives_out_nothing_there_names_the_conflict_and_keeps_what_runs()
    {
        AttachmentRecord running = await AttachAsync(_nodes[0]);
        await _nodes[0].LookAsync();
        _nodes[0].Store.IsCut = true;
        for (int i = 0; i < 30; i++)
        {
            await PassAsync(SimulatedNode.ReclaimInterval);
            await _nodes[1].LookAsync();
        }
        Assert.Equal(running.Addresses[0].Address, (await AttachAsync(_nodes[1])).Addresses[0].Address);
        _nodes[0].Store.IsCut = false;
        await _nodes[0].LookAsync();

        Assert.Equal([running], _nodes[0].Live);
        ConflictingAddress conflict = Assert.Single(_nodes[0].Allocator!.Conflicts);
        Assert.Equal("10.88.0.1: its block 10.88.0.0/28 of pool four belongs to node 2", $"{conflict.Address}: {conflict.Reason}");
        Assert.Equal("10.88.0.16", (await AttachAsync(_nodes[0])).Addresses[0].Address.ToString());

        // Restarted, it gets an address of its own, and all is well.
        _nodes[0].Detach(0);
        Assert.Empty(_nodes[0].Allocator!.Conflicts);
    }

    [Fact]
    public async Task A_lost_store_is_told_again_who_has_which_block()
    {
        await AttachAsync(_nodes[0]);
        await _nodes[0].LookAsync();
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Block("four", "10.88.0.0/28")), default);
        await PassAsync(TimeSpan.FromMinutes(5));
        await _nodes[0].LookAsync();

        Assert.Equal(1u, (await BlockAsync()).Owner);
        Assert.Empty(_nodes[0].Allocator!.Conflicts);
        await AttachAsync(_nodes[0]);
    }

    [Fact]
    public async Task A_cordoned_node_claims_nothing_ahead()
    {
        for (int i = 0; i < 14; i++)
        {
            await AttachAsync(_nodes[0]);
        }
        var copies = new AllocationCopies(_store, "n1", () => _nodes[0].Live, _nodes[0].Allocator!, () => _pools);
        var keeper = new BlockKeeper(_nodes[0].Allocator!, copies, SimulatedNode.Hold, _nodes[0].Clock, NullLogger<BlockKeeper>.Instance) { IsCordoned = () => true };
        await keeper.LookAsync(default);
        Assert.Single(Blocks(_nodes[0]));
    }

    private static IReadOnlyList<string> Blocks(SimulatedNode node) => [.. node.Allocator!.Usage(node.Pools).SelectMany(u => u.Blocks).Select(b => b.Cidr.ToString())];

    private async Task<OwnedBlock> BlockAsync() => BlockClaims.TryRead((await _store.GetAsync(StoreKeys.Block("four", "10.88.0.0/28"), default))!)!;

    private static async Task<AttachmentRecord> AttachAsync(SimulatedNode node)
    {
        AttachmentRecord? record = await node.AttachAsync();
        Assert.NotNull(record);
        return record;
    }

    private async Task PassAsync(TimeSpan time)
    {
        await _store.AdvanceAsync(time);
        Array.ForEach(_nodes, n => n.Advance(time));
    }
}
