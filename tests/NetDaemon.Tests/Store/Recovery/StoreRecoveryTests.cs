using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;
using Weft.NetDaemon.Tests.Ipam;

namespace Weft.NetDaemon.Tests.Store.Recovery;

/// <summary>What nodes are called, and who was forgotten, in a store that lost its data or is from a backup.</summary>
public sealed class StoreRecoveryTests : IAsyncLifetime, IDisposable
{
    private const string First = "m1";
    private const string Second = "m2";

    private static readonly Cluster Known = new() { Uuid = "one" };

    private readonly TempDirectory _directory = new();
    private EmbeddedStore _store = null!;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, new FakeTimeProvider());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Numbers_come_back_with_their_machines_and_none_is_given_twice()
    {
        await RecoverAsync(100, [Number(1, "a", First), Counter(7)]);
        Assert.Equal(new NumberHolder("a", First), NumberHolder.Of((await _store.GetAsync(StoreKeys.NodeNumber(1), default))!));
        await EndAsync();

        Assert.Equal(1u, (await ClaimAsync("a", First)).Number);
        Assert.Equal(8u, (await ClaimAsync("b", Second)).Number);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_was_forgotten_stays_so_when_another_knew_it_still(bool knewLessFirst)
    {
        StoreEntry[] before = [Number(1, "a", First), Number(3, "c", Second), Record("c", 3, Second), Counter(3)];
        StoreEntry[] after = [Number(1, "a", First), Counter(3)];
        foreach (bool less in new[] { knewLessFirst, !knewLessFirst })
        {
            await RecoverAsync(less ? 90 : 200, less ? before : after);
        }

        Assert.Equal([StoreKeys.NodeNumber(1)], (await _store.RangeAsync(StoreKeys.NodeNumbers, default)).Entries.Select(e => e.Key));
        Assert.Null(await _store.GetAsync(StoreKeys.Node("c"), default));
    }

    [Fact]
    public async Task Whoever_lost_its_name_does_not_get_it_back_from_a_backup()
    {
        await PutAsync([new StoreEntry(StoreKeys.Cluster, Known.ToByteArray(), 0, 0, 0, 0), Number(1, "a", First), Record("a", 1, First), Counter(1)]);
        StoreEntry[] known = [Number(1, "a.former-1", First), Number(2, "a", Second), Record("a", 2, Second), Counter(2)];

        await RecoverAsync(100, known, isOlder: true);

        foreach (StoreEntry entry in known)
        {
            Assert.Equal(entry.Value.ToArray(), (await _store.GetAsync(entry.Key, default))!.Value.ToArray());
        }
        await EndAsync();
        Assert.Equal(2u, (await ClaimAsync("a", Second)).Number);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_backup_from_before_an_earlier_loss_is_no_later_history(bool byWhoSawBoth)
    {
        ClusterState first = await RecoverAsync(100, [Number(1, "a", First)]);
        await EndAsync();
        // The backup is of before the first loss. Who began a history in it may not have heard of the first one.
        await PutAsync([new StoreEntry(StoreKeys.Cluster, Known.ToByteArray(), 0, 0, 0, 0)]);
        ClusterState second = await RecoverAsync(byWhoSawBoth ? first.Record : Known, 200, [Number(1, "a", First)], isOlder: true);

        Assert.NotEqual(first.History, second.History);
        Assert.True(second.IsGathering);
        Assert.Equal(byWhoSawBoth, second.Record.PastHistories.Contains(first.History));
        ClusterState third = await RecoverAsync(first.Record, 200, [Number(1, "a", First)]);
        Assert.Equal(byWhoSawBoth, third.History == second.History);
        Assert.Superset(new HashSet<string> { "", first.History }, third.Record.PastHistories.ToHashSet());
        // Whatever anybody knew is one of those before it now.
        foreach (Cluster known in new[] { Known, first.Record, second.Record })
        {
            Assert.Equal(third.History, (await RecoverAsync(known, 200, [Number(1, "a", First)])).History);
        }
    }

    [Fact]
    public async Task What_was_known_in_an_earlier_history_is_not_put_back_over_a_later_one()
    {
        ClusterState first = await RecoverAsync(100, [Number(1, "a", First), Counter(1)]);
        await EndAsync();
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Cluster), default);
        await RecoverAsync(first.Record, 50, [Number(1, "a", First), Counter(2)]);

        await RecoverAsync(Known, 900, [Number(1, "a", First), Number(2, "b", Second), Counter(2)]);

        Assert.Equal([StoreKeys.NodeNumber(1)], (await _store.RangeAsync(StoreKeys.NodeNumbers, default)).Entries.Select(e => e.Key));
    }

    [Fact]
    public async Task Until_all_is_put_back_a_known_node_starts_and_no_other_gets_a_number()
    {
        await RecoverAsync(100, [Number(1, "a", First), Counter(1)]);

        Assert.Equal(1u, (await ClaimAsync("a", First)).Number);
        await Assert.ThrowsAsync<StoreException>(() => ClaimAsync("b", Second));
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeAlive("a")), default);
        await Assert.ThrowsAsync<StoreException>(() => ClaimAsync("a", Second));
        Assert.Equal([StoreKeys.NodeNumber(1)], (await _store.RangeAsync(StoreKeys.NodeNumbers, default)).Entries.Select(e => e.Key));
    }

    [Fact]
    public async Task A_node_that_the_store_does_not_know_says_nothing_until_all_is_put_back_and_has_been_forgotten_then()
    {
        await RecoverAsync(100, [Number(1, "a", First), Counter(3)]);
        var own = new OwnNode(new Node { Name = "c", Number = 3, MachineId = Second, BootId = "boot" });
        var presence = new NodePresence(_store, own, TimeProvider.System, NullLogger<NodePresence>.Instance);

        await Assert.ThrowsAsync<StoreException>(() => presence.SpeakAsync(default));
        Assert.False(presence.Lost.IsCompleted);
        Assert.Null(await _store.GetAsync(StoreKeys.Node("c"), default));
        await EndAsync();
        await presence.SpeakAsync(default);

        Assert.True(presence.Lost.IsCompleted);
        Assert.Null(await _store.GetAsync(StoreKeys.Node("c"), default));
        Assert.Null(await _store.GetAsync(StoreKeys.NodeNumber(3), default));
    }

    [Fact]
    public async Task A_block_that_a_forgotten_node_put_back_is_its_later_owners_and_a_known_nodes_is_not()
    {
        Pool pool = AllocatorBench.Pool("four 10.88.0.0/26 28");
        Assert.True(PoolLayout.TryCreate(pool, out PoolLayout? layout, out _));
        ClusterState cluster = await RecoverAsync(100, [Number(1, "a", First), Number(2, "b", Second), Counter(3), new StoreEntry(StoreKeys.Pool("four"), pool.ToByteArray(), 0, 0, 0, 0)]);
        var cidr = Cidr.Parse("10.88.0.0/28");
        var claims = new BlockClaims(_store, 1, new NumberHolder("a", First));
        foreach (uint owner in new[] { 2u, 3u })
        {
            await PutAsync([new StoreEntry(StoreKeys.Block("four", "10.88.0.0/28"), new Block { Pool = "four", Cidr = "10.88.0.0/28", Owner = owner, Epoch = 2, State = BlockState.Active }.ToByteArray(), 0, 0, 0, 0)]);
            OwnedBlock? now = await claims.PutBackAsync(layout, new OwnedBlock("four", cidr, 1, 5, 0), isCertain: false, cluster, default);
            Assert.Equal(owner == 2 ? (2u, 2ul) : (1u, 5ul), (now!.Owner, now.Epoch));
        }
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeNumber(1)), default);
        await Assert.ThrowsAsync<NodeNumberLostException>(() => claims.PutBackAsync(layout, new OwnedBlock("four", cidr, 1, 9, 0), isCertain: true, cluster, default));
    }

    [Fact]
    public void Nodes_that_lost_their_name_are_waited_for_and_are_not_among_those_that_most_of_must_be_heard_of()
    {
        Dictionary<uint, NumberHolder> nodes = new() { [1] = new("a.former-1", First), [2] = new("b.former-2", First), [3] = new("a", Second) };
        Dictionary<uint, HoldStage> told = new() { [3] = HoldStage.All };

        Assert.Equal(["a.former-1", "b.former-2"], new Gathering(nodes, told, new HashSet<uint>()).Missing(HoldStage.All));
        Assert.Empty(new Gathering(nodes, told, new HashSet<uint> { 1, 2 }).Missing(HoldStage.All));
    }

    private Task<ClusterState> RecoverAsync(long revision, StoreEntry[] entries, bool isOlder = false) => RecoverAsync(Known, revision, entries, isOlder);

    private Task<ClusterState> RecoverAsync(Cluster known, long revision, StoreEntry[] entries, bool isOlder = false) =>
        new StoreRecovery(_store, NullLogger.Instance).RunAsync(known, isOlder, revision, entries, default);

    private async Task EndAsync()
    {
        Cluster record = (await ClusterState.ReadAsync(_store, default)).Record.Clone();
        record.Gathering = false;
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, record.ToByteArray()), default);
    }

    private Task<NodeIdentity> ClaimAsync(string name, string machine) => new NodeClaim(_store, name, machine, "boot", TimeProvider.System).ClaimAsync(default);

    private async Task PutAsync(StoreEntry[] entries)
    {
        var txn = new StoreTxn();
        Array.ForEach(entries, e => txn.Put(e.Key, e.Value));
        await _store.TxnAsync(txn, default);
    }

    private static StoreEntry Number(uint number, string name, string machine) => new(StoreKeys.NodeNumber(number), new NumberHolder(name, machine).ToBytes(), 0, 0, 0, 0);

    private static StoreEntry Record(string name, uint number, string machine) =>
        new(StoreKeys.Node(name), new Node { Name = name, Number = number, MachineId = machine, UnderlayAddresses = { "192.0.2.1" } }.ToByteArray(), 0, 0, 0, 0);

    private static StoreEntry Counter(uint number) => new(StoreKeys.LastNodeNumber, Encoding.ASCII.GetBytes($"{number}"), 0, 0, 0, 0);
}
