using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Nodes;

/// <summary>Who gets a name and a number, of machines that share a store.</summary>
public sealed class NodeClaimTests : IAsyncLifetime, IDisposable
{
    private const string First = "11111111111111111111111111111111";
    private const string Second = "22222222222222222222222222222222";

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private EmbeddedStore _store = null!;

    public async Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, TimeProvider.System);
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, new Cluster { Uuid = "one" }.ToByteArray()), default);
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_machine_that_starts_again_has_its_number_and_the_one_before_is_not_waited_for()
    {
        NodeIdentity before = await ClaimAsync("a", First);
        NodeIdentity after = await ClaimAsync("a", First);

        Assert.Equal(1u, before.Number);
        Assert.Equal(1u, after.Number);
        Assert.Equal(new SignOfLife(First, "boot"), SignOfLife.Of((await _store.GetAsync(StoreKeys.NodeAlive("a"), default))!));
    }

    [Fact]
    public async Task A_second_machine_of_a_living_nodes_name_is_refused_with_both_and_what_to_do()
    {
        await ClaimAsync("a", First);

        NodeNameTakenException refused = await Assert.ThrowsAsync<NodeNameTakenException>(() => ClaimAsync("a", Second));

        Assert.Contains(First, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Second, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--node", refused.NextStep, StringComparison.Ordinal);
        Assert.Single((await _store.RangeAsync(StoreKeys.NodeNumbers, default)).Entries);
    }

    [Fact]
    public async Task Of_machines_that_start_at_once_with_one_name_one_gets_it()
    {
        string[] machines = [.. Enumerable.Range(0, 8).Select(i => new string((char)('a' + (i % 6)), 31) + i)];

        object[] outcomes = await Task.WhenAll(machines.Select(m => Task.Run<object>(async () =>
        {
            try
            {
                return await ClaimAsync("a", m);
            }
            catch (NodeNameTakenException e)
            {
                return e;
            }
        })));

        NodeIdentity winner = Assert.Single(outcomes.OfType<NodeIdentity>());
        Assert.Equal(7, outcomes.OfType<NodeNameTakenException>().Count());
        Assert.Equal(1u, winner.Number);
        Assert.Single((await _store.RangeAsync(StoreKeys.NodeNumbers, default)).Entries);
    }

    [Fact]
    public async Task A_machine_that_takes_over_the_name_of_one_that_is_away_gets_another_number_and_stays_cordoned()
    {
        await ClaimAsync("a", First);
        var record = new Node { Name = "a", Number = 1, MachineId = First, Cordoned = true, UnderlayAddresses = { "192.0.2.1" } };
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("a"), record.ToByteArray()).Delete(StoreKeys.NodeAlive("a")), default);

        NodeIdentity next = await ClaimAsync("a", Second);

        Assert.Equal(2u, next.Number);
        Assert.Equal($"a.former-1 {First}", Text(await _store.GetAsync(StoreKeys.NodeNumber(1), default)));
        Assert.Equal($"a {Second}", Text(await _store.GetAsync(StoreKeys.NodeNumber(2), default)));
        Node published = Node.Parser.ParseFrom((await _store.GetAsync(StoreKeys.Node("a"), default))!.Value.Span);
        Assert.Equal((2u, Second, true, 0), (published.Number, published.MachineId, published.Cordoned, published.UnderlayAddresses.Count));
    }

    [Fact]
    public async Task A_node_of_a_weftd_that_did_not_tell_machines_apart_keeps_its_number()
    {
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.NodeNumber(3), "a"u8.ToArray()), default);

        Assert.Equal(3u, (await ClaimAsync("a", First)).Number);
        Assert.Equal($"a {First}", Text(await _store.GetAsync(StoreKeys.NodeNumber(3), default)));
        Assert.Equal(4u, (await ClaimAsync("b", First)).Number);
    }

    [Fact]
    public async Task A_number_whose_key_alone_was_deleted_is_the_nodes_again()
    {
        await ClaimAsync("b", Second);
        await ClaimAsync("a", First);
        var record = new Node { Name = "a", Number = 2, MachineId = First };
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("a"), record.ToByteArray()).Delete(StoreKeys.NodeNumber(2)), default);

        Assert.Equal(2u, (await ClaimAsync("a", First)).Number);
    }

    [Fact]
    public async Task A_machine_that_crashed_waits_for_its_last_word_to_expire()
    {
        await ClaimAsync("a", First);
        Task<NodeIdentity> again = new NodeClaim(_store, "a", First, "next boot", _time).ClaimAsync(default);
        Assert.False(again.IsCompleted);

        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeAlive("a")), default);
        Assert.Equal(1u, (await PassUntilAsync(again)).Number);
    }

    [Fact]
    public async Task A_copy_of_a_living_machine_is_refused()
    {
        await ClaimAsync("a", First);

        NodeNameTakenException refused = await Assert.ThrowsAsync<NodeNameTakenException>(
            () => PassUntilAsync(new NodeClaim(_store, "a", First, "boot of the copy", _time).ClaimAsync(default)));

        Assert.Contains("copied", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("forgotten", "was forgotten")]
    [InlineData("taken over", "another machine")]
    public async Task A_node_that_is_not_itself_any_more_says_nothing_more(string how, string why)
    {
        NodeIdentity identity = await ClaimAsync("a", First);
        var own = new OwnNode(new Node { Name = "a", Number = identity.Number, MachineId = First, BootId = "boot" });
        var presence = new NodePresence(_store, own, _time, NullLogger<NodePresence>.Instance, identity.Lease);
        await presence.SpeakAsync(default);
        Assert.False(presence.Lost.IsCompleted);
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeAlive("a")), default);
        if (how == "forgotten")
        {
            await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Node("a")).Delete(StoreKeys.NodeNumber(1)), default);
        }
        else
        {
            await ClaimAsync("a", Second);
        }

        await presence.RunAsync(default);

        Assert.Contains(why, await presence.Lost, StringComparison.Ordinal);
        Assert.NotEqual(First, (await _store.GetAsync(StoreKeys.NodeAlive("a"), default)) is { } alive ? SignOfLife.Of(alive).Machine : "");
        Assert.NotEqual(First, (await _store.GetAsync(StoreKeys.Node("a"), default)) is { } record ? Node.Parser.ParseFrom(record.Value.Span).MachineId : "");
    }

    [Fact]
    public void A_machine_keeps_its_id_with_its_state_directory()
    {
        string made = MachineId.ReadOrMake(_directory);
        Assert.Equal(made, MachineId.ReadOrMake(_directory));
        using var other = new TempDirectory();
        Assert.NotEqual(made, MachineId.ReadOrMake(other));

        File.WriteAllText(Path.Combine(_directory, MachineId.FileName), "");
        Assert.Contains(MachineId.FileName, Assert.Throws<IOException>(() => MachineId.ReadOrMake(_directory)).Message, StringComparison.Ordinal);
    }

    private Task<NodeIdentity> ClaimAsync(string name, string machine) => new NodeClaim(_store, name, machine, "boot", TimeProvider.System).ClaimAsync(default);

    private async Task<T> PassUntilAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        return await task;
    }

    private static string Text(StoreEntry? entry) => Encoding.UTF8.GetString(entry!.Value.Span);
}
