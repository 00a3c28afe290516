using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Overlay;

public sealed class BlockDirectoryTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(1));
    private readonly HealthBoard _health = new(TimeProvider.System);
    private EmbeddedStore _store = null!;
    private BlockDirectory _blocks = null!;
    private Task _following = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, TimeProvider.System);
        _blocks = new BlockDirectory(_store, _health, TimeProvider.System, NullLogger<BlockDirectory>.Instance);
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
    public async Task Claims_transfers_and_releases_are_told()
    {
        await ClaimAsync("10.83.0.0/26", owner: 1);
        await FollowAsync();
        Assert.Equal(1u, Assert.Single(_blocks.Current.All).Owner);

        await ClaimAsync("10.83.0.64/26", owner: 2);
        await UntilAsync(s => s.ByKey.Count == 2);
        await ClaimAsync("10.83.0.64/26", owner: 3);
        await UntilAsync(s => s.All.Any(b => b.Owner == 3));
        await _store.TxnAsync(new StoreTxn().Delete(Key("10.83.0.0/26")), _stop.Token);

        BlockSnapshot last = await UntilAsync(s => s.ByKey.Count == 1);
        Assert.Equal(3u, Assert.Single(last.All).Owner);
        Assert.Equal("1 of 1 nodes", Condition().Message);
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_takes_no_block_away_and_is_reported_until_it_is_right_again()
    {
        await ClaimAsync("10.83.0.0/26", owner: 1);
        await FollowAsync();

        await _store.TxnAsync(new StoreTxn().Put(Key("10.83.0.0/26"), new byte[] { 0xff, 0xff }), _stop.Token);
        await ClaimAsync("10.83.0.64/26", owner: 2);

        BlockSnapshot now = await UntilAsync(s => s.ByKey.Count == 2);
        Assert.Equal([1u, 2u], now.All.Select(b => b.Owner));
        Assert.Equal(Health.Degraded, Condition().Health);
        await ClaimAsync("10.83.0.0/26", owner: 4);
        await UntilAsync(s => s.All.Any(b => b.Owner == 4));
        Assert.Equal(Health.Ok, Condition().Health);
    }

    [Fact]
    public async Task A_key_that_holds_another_block_than_its_own_is_left_out()
    {
        await FollowAsync();

        await _store.TxnAsync(new StoreTxn().Put(Key("10.83.0.0/26"), BlockOf("10.83.9.0/26", 1).ToByteArray()), _stop.Token);
        await ClaimAsync("10.83.0.64/26", owner: 2);

        Assert.Equal("10.83.0.64/26", Assert.Single((await UntilAsync(s => s.ByKey.Count > 0)).All).Cidr.ToString());
        Assert.Equal(Health.Degraded, Condition().Health);
    }

    [Fact]
    public async Task Blocks_of_one_node_may_go_together_but_those_of_several_nodes_stay()
    {
        await ClaimAsync("10.83.0.0/26", owner: 1);
        await ClaimAsync("10.83.0.64/26", owner: 2);
        await ClaimAsync("10.83.0.128/26", owner: 2);
        await FollowAsync();

        await _store.TxnAsync(new StoreTxn().Delete(Key("10.83.0.64/26")).Delete(Key("10.83.0.128/26")), _stop.Token);
        await UntilAsync(s => s.ByKey.Count == 1);
        await ClaimAsync("10.83.0.64/26", owner: 2);
        await UntilAsync(s => s.ByKey.Count == 2);
        await _store.TxnAsync(new StoreTxn().Delete(Key("10.83.0.0/26")).Delete(Key("10.83.0.64/26")), _stop.Token);
        await ClaimAsync("10.83.1.0/26", owner: 3);

        BlockSnapshot now = await UntilAsync(s => s.All.Any(b => b.Owner == 3));
        Assert.Equal(3, now.ByKey.Count);
        Assert.Contains("several nodes", Condition().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_emptied_store_takes_nothing_away()
    {
        await ClaimAsync("10.83.0.0/26", owner: 1);
        await _blocks.LoadAsync(_stop.Token);
        await _store.TxnAsync(new StoreTxn().Delete(Key("10.83.0.0/26")), _stop.Token);

        await _blocks.LoadAsync(_stop.Token);

        Assert.Single(_blocks.Current.All);
        Assert.Equal(Health.Degraded, Condition().Health);
    }

    [Fact]
    public async Task A_watch_that_goes_on_further_back_than_the_list_undoes_nothing_in_passing()
    {
        await ClaimAsync("10.83.0.0/26", owner: 1);
        long early = await _blocks.LoadAsync(_stop.Token);
        await _store.TxnAsync(new StoreTxn().Delete(Key("10.83.0.0/26")), _stop.Token);
        await ClaimAsync("10.83.0.0/26", owner: 2);
        await _blocks.LoadAsync(_stop.Token);
        var seen = new List<BlockSnapshot>();
        Task reading = ReadAsync(seen);

        _following = _blocks.RunAsync(early + 1, _stop.Token);
        await ClaimAsync("10.83.0.64/26", owner: 3);
        await UntilAsync(s => s.ByKey.Count == 2);

        await reading;
        Assert.All(seen, s => Assert.Contains(s.All, b => b.Owner == 2));
    }

    private async Task ReadAsync(List<BlockSnapshot> seen)
    {
        await foreach (BlockSnapshot snapshot in _blocks.FollowAsync(_stop.Token))
        {
            seen.Add(snapshot);
            if (snapshot.ByKey.Count == 2)
            {
                return;
            }
        }
    }

    private async Task FollowAsync() => _following = _blocks.RunAsync(await _blocks.LoadAsync(_stop.Token) + 1, _stop.Token);

    private async Task<BlockSnapshot> UntilAsync(Func<BlockSnapshot, bool> condition)
    {
        await foreach (BlockSnapshot snapshot in _blocks.FollowAsync(_stop.Token))
        {
            if (condition(snapshot))
            {
                return snapshot;
            }
        }
        throw new InvalidOperationException("the directory has ended");
    }

    private Condition Condition()
    {
        var reply = new StatusReply();
        _health.FillIn(reply);
        return reply.Conditions.Single(c => c.Name == HealthBoard.Blocks);
    }

    private async Task ClaimAsync(string cidr, uint owner) =>
        await _store.TxnAsync(new StoreTxn().Put(Key(cidr), BlockOf(cidr, owner).ToByteArray()), _stop.Token);

    private static Block BlockOf(string cidr, uint owner) => new() { Pool = "default-v4", Cidr = cidr, Owner = owner, Epoch = 1, State = BlockState.Active };

    private static string Key(string cidr) => StoreKeys.Block("default-v4", cidr);
}
