using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Nodes;

public sealed class NodeDirectoryTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(1));
    private readonly HealthBoard _health = new(TimeProvider.System);
    private EmbeddedStore _store = null!;
    private NodeDirectory _nodes = null!;
    private Task _following = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, TimeProvider.System);
        _nodes = new NodeDirectory(_store, _health, TimeProvider.System, NullLogger<NodeDirectory>.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _stop.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Nodes_that_join_change_and_leave_are_told()
    {
        await PutAsync("a", 1);
        await FollowAsync();
        NodeSnapshot first = _nodes.Current;

        await PutAsync("b", 2);
        NodeSnapshot second = await UntilAsync(s => s.ByName.Count == 2);
        Assert.Equal("b", Assert.Single(NodeChanges.Between(first, second).Joined).Name);

        await PutAsync("b", 2, mtu: 9000);
        NodeSnapshot third = await UntilAsync(s => s.ByName["b"].Mtu == 9000);
        Assert.Equal("b", Assert.Single(NodeChanges.Between(second, third).Changed).Name);

        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Node("a")), _stop.Token);
        NodeSnapshot last = await UntilAsync(s => s.ByName.Count == 1);
        NodeChanges changes = NodeChanges.Between(third, last);
        Assert.Equal("a", Assert.Single(changes.Left).Name);
        Assert.Empty(changes.Joined);
        Assert.Empty(changes.Changed);
        Assert.Equal(Health.Ok, Condition().Health);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_takes_no_node_away_and_is_reported_until_it_is_right_again()
    {
        await PutAsync("a", 1);
        await PutAsync("b", 2);
        await FollowAsync();

        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("b"), new byte[] { 0xff, 0xff }), _stop.Token);
        await PutAsync("c", 3);
        NodeSnapshot seen = await UntilAsync(s => s.ByName.ContainsKey("c"));

        Assert.Equal(["a", "b", "c"], seen.ByName.Keys);
        Assert.Equal(Health.Degraded, Condition().Health);
        Assert.Contains("node b", Condition().Message, StringComparison.Ordinal);

        await PutAsync("b", 2, mtu: 9000);
        await UntilAsync(s => s.ByName["b"].Mtu == 9000);
        Assert.Equal(Health.Ok, Condition().Health);
    }

    [Fact]
    public async Task Many_records_deleted_at_once_withdraw_no_node()
    {
        await PutAsync("a", 1);
        await PutAsync("b", 2);
        await FollowAsync();

        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Node("a")).Delete(StoreKeys.Node("b")), _stop.Token);
        await PutAsync("c", 3);

        NodeSnapshot seen = await UntilAsync(s => s.ByName.ContainsKey("c"));
        Assert.Equal(["a", "b", "c"], seen.ByName.Keys);
        Assert.Equal(Health.Degraded, Condition().Health);
    }

    [Fact]
    public async Task An_empty_list_after_a_full_one_withdraws_no_node()
    {
        await PutAsync("a", 1);
        await _nodes.LoadAsync(_stop.Token);

        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Node("a")), _stop.Token);
        await _nodes.LoadAsync(_stop.Token);

        Assert.Equal("a", Assert.Single(_nodes.Current.All).Name);
        Assert.Equal(Health.Degraded, Condition().Health);
    }

    [Fact]
    public async Task A_node_that_was_forgotten_while_nobody_watched_leaves_with_the_next_list()
    {
        await PutAsync("a", 1);
        await PutAsync("b", 2);
        await _nodes.LoadAsync(_stop.Token);

        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Node("a")), _stop.Token);
        await _nodes.LoadAsync(_stop.Token);

        Assert.Equal("b", Assert.Single(_nodes.Current.All).Name);
        Assert.Equal(Health.Ok, Condition().Health);
    }

    [Fact]
    public async Task Of_two_records_with_one_number_the_first_counts()
    {
        await PutAsync("z", 1);
        await PutAsync("a", 1);

        await _nodes.LoadAsync(_stop.Token);

        Assert.Equal("z", Assert.Single(_nodes.Current.All).Name);
        Assert.Contains("number 1 of node z", Condition().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_puts_its_record_and_its_sign_of_life_back_when_the_store_lost_them()
    {
        var presence = new NodePresence(_store, new OwnNode(Record("a", 1, "10.0.0.0/24", "10.0.0.1")), TimeProvider.System, NullLogger<NodePresence>.Instance);
        await presence.SpeakAsync(_stop.Token);
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Node("a")).Delete(StoreKeys.NodeAlive("a")), _stop.Token);

        await presence.SpeakAsync(_stop.Token);

        Assert.NotNull(await _store.GetAsync(StoreKeys.Node("a"), _stop.Token));
        Assert.NotEqual(0, (await _store.GetAsync(StoreKeys.NodeAlive("a"), _stop.Token))!.Lease);
    }

    [Fact]
    public async Task A_node_that_stops_is_away_at_once_and_stays_known()
    {
        using var stopping = new CancellationTokenSource();
        var presence = new NodePresence(_store, new OwnNode(Record("a", 1, "10.0.0.0/24", "10.0.0.1")), TimeProvider.System, NullLogger<NodePresence>.Instance);
        await presence.SpeakAsync(_stop.Token);
        Task running = presence.RunAsync(stopping.Token);

        await stopping.CancelAsync();
        await running;

        Assert.Null(await _store.GetAsync(StoreKeys.NodeAlive("a"), _stop.Token));
        Assert.NotNull(await _store.GetAsync(StoreKeys.Node("a"), _stop.Token));
    }

    [Fact]
    public async Task A_node_that_publishes_itself_stays_cordoned()
    {
        Node record = Record("a", 1, "10.0.0.0/24", "10.0.0.1");
        Node cordoned = record.Clone();
        cordoned.Cordoned = true;
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("a"), cordoned.ToByteArray()), _stop.Token);
        record.Mtu = 9000;

        Assert.True(await NodeIdentity.PublishAsync(_store, record, _stop.Token));
        Assert.False(await NodeIdentity.PublishAsync(_store, record, _stop.Token));

        await _nodes.LoadAsync(_stop.Token);
        Assert.True(_nodes.Current.ByName["a"].IsCordoned);
        Assert.Equal(9000u, _nodes.Current.ByName["a"].Mtu);
    }

    [Fact]
    public async Task A_node_is_cordoned_once_and_listed_so_with_its_sign_of_life()
    {
        await PutAsync("a", 1);
        await PutAsync("b", 2);
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.NodeAlive("b"), new byte[] { 1 }), _stop.Token);
        var resources = new ResourceStore(_store, new AddressUsage());

        Assert.True(await resources.CordonAsync("a", cordoned: true, _stop.Token));
        Assert.False(await resources.CordonAsync("a", cordoned: true, _stop.Token));

        Node[] listed = [.. (await resources.ListAsync("Node", "", _stop.Token)).Select(r => r.Node)];
        Assert.Equal([true, false], listed.Select(n => n.Cordoned));
        Assert.Equal([NodeReadiness.Away, NodeReadiness.Ready], listed.Select(n => n.Readiness));
        await Assert.ThrowsAsync<ResourceException>(() => resources.CordonAsync("c", cordoned: true, _stop.Token));
    }

    private static Node Record(string name, uint number, string segment, string address) =>
        new() { Name = name, Number = number, Mtu = 1500, Segments = { segment }, UnderlayAddresses = { address } };

    private static KnownNode Read(Node record)
    {
        Assert.True(KnownNode.TryRead(record.Name, record.ToByteArray(), out KnownNode? node, out string? problem), problem);
        return node;
    }

    private async Task PutAsync(string name, uint number, uint mtu = 1500)
    {
        var node = new Node { Name = name, Number = number, Mtu = mtu };
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node(name), node.ToByteArray()), _stop.Token);
    }

    private async Task FollowAsync() => _following = _nodes.RunAsync(await _nodes.LoadAsync(_stop.Token) + 1, _stop.Token);

    private async Task<NodeSnapshot> UntilAsync(Func<NodeSnapshot, bool> reached) =>
        await _nodes.FollowAsync(_stop.Token).FirstAsync(reached, _stop.Token);

    private Condition Condition()
    {
        var reply = new StatusReply();
        _health.FillIn(reply);
        return Assert.Single(reply.Conditions, c => c.Name == HealthBoard.Nodes);
    }
}
