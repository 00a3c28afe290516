using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Nodes;

public sealed class NodeIdentityTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private EmbeddedStore _store = null!;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, TimeProvider.System);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Nodes_that_race_get_different_numbers_and_keep_them_for_life()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"node-{i}")];

        NodeIdentity[] first = await Task.WhenAll(names.Select(n => Task.Run(() => NodeIdentity.ClaimAsync(_store, n, CancellationToken.None))));

        Assert.Equal(Enumerable.Range(1, 30), first.Select(n => (int)n.Number).Order());
        NodeIdentity[] again = await Task.WhenAll(names.Reverse().Select(n => NodeIdentity.ClaimAsync(_store, n, CancellationToken.None)));
        Assert.Equal(first.OrderBy(n => n.Number), again.OrderBy(n => n.Number));
    }

    [Fact]
    public async Task One_node_that_asks_twice_at_once_has_one_number()
    {
        NodeIdentity[] claims = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Task.Run(() => NodeIdentity.ClaimAsync(_store, "node-a", CancellationToken.None))));

        Assert.All(claims, c => Assert.Equal(1u, c.Number));
        Assert.Single((await _store.RangeAsync(StoreKeys.NodeNumbers, CancellationToken.None)).Entries);
    }

    [Fact]
    public async Task A_number_is_given_once_whoever_has_left()
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            await NodeIdentity.ClaimAsync(_store, name, CancellationToken.None);
        }
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeNumber(2)).Delete(StoreKeys.NodeNumber(3)), CancellationToken.None);

        Assert.Equal(4u, (await NodeIdentity.ClaimAsync(_store, "d", CancellationToken.None)).Number);
        Assert.Equal(5u, (await NodeIdentity.ClaimAsync(_store, "c", CancellationToken.None)).Number);
    }

    [Fact]
    public async Task A_record_is_written_when_it_differs_or_cannot_be_read()
    {
        var node = new Node { Name = "a", Number = 1, Mtu = 1500 };
        await NodeIdentity.PublishAsync(_store, node, CancellationToken.None);
        long first = await RevisionAsync();

        await NodeIdentity.PublishAsync(_store, node.Clone(), CancellationToken.None);
        Assert.Equal(first, await RevisionAsync());

        node.Mtu = 1400;
        await NodeIdentity.PublishAsync(_store, node, CancellationToken.None);
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("a"), new byte[] { 0xff, 0xff }), CancellationToken.None);
        await NodeIdentity.PublishAsync(_store, node, CancellationToken.None);

        Assert.Equal(node, Node.Parser.ParseFrom((await _store.GetAsync(StoreKeys.Node("a"), CancellationToken.None))!.Value.Span));
    }

    [Fact]
    public void The_boot_is_the_kernels() => Assert.True(Guid.TryParse(NodeIdentity.ReadBootId(), out _));

    private async Task<long> RevisionAsync() => (await _store.RangeAsync(StoreKeys.Nodes, CancellationToken.None)).Revision;
}
