using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Ipam;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Networks;

public sealed class NetworkCatalogTests : IAsyncLifetime, IDisposable
{
    private const int Unreadable = 1101;

    private readonly TempDirectory _directory = new();
    private readonly RecordingLogger<NetworkCatalog> _log = new();
    private EmbeddedStore _store = null!;
    private FailingStore _failing = null!;
    private NetworkCatalog _catalog = null!;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory, TimeProvider.System);
        _failing = new FailingStore(_store);
        _catalog = new NetworkCatalog(_failing, 1450, _log);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Networks_come_with_their_pools()
    {
        await PutAsync(NetworkOf("b", 2));
        await PutAsync(NetworkOf("default", 1));
        await PutAsync(PoolOf("p2", "b", "10.2.0.0/16"));
        await PutAsync(PoolOf("p1", "b", "fd00:2::/56"));
        await PutAsync(PoolOf("orphan", "gone", "10.3.0.0/16"));

        await _catalog.LoadAsync(CancellationToken.None);

        Assert.Equal(["default: ", "b: fd00:2::/56 10.2.0.0/16"], _catalog.Current.All.Select(n => $"{n.Name}: {string.Join(' ', n.Ranges)}"));
    }

    [Fact]
    public async Task A_configuration_means_the_network_it_names_or_is_named_after_or_the_default()
    {
        await PutAsync(NetworkOf("b", 2));
        await PutAsync(NetworkOf("default", 1));
        await _catalog.LoadAsync(CancellationToken.None);

        Assert.Equal("b", _catalog.Current.Resolve("b", "default")?.Name);
        Assert.Equal("b", _catalog.Current.Resolve("", "b")?.Name);
        Assert.Equal("default", _catalog.Current.Resolve("", "k8s-pod-network")?.Name);
        Assert.Null(_catalog.Current.Resolve("c", "b"));
        Assert.Null(NetworkSnapshot.Empty.Resolve("", "b"));
    }

    [Fact]
    public async Task An_object_that_cannot_be_read_is_left_out_and_reported()
    {
        await PutAsync(NetworkOf("a", 1));
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Network("broken"), new byte[] { 0xff, 0xff }), CancellationToken.None);
        await PutAsync(Changed(NetworkOf("no-gateway", 3), n => n.Gateway4 = "nonsense"));
        await PutAsync(PoolOf("bad", "a", "not a range"));

        await _catalog.LoadAsync(CancellationToken.None);

        Assert.Equal(["a"], _catalog.Current.All.Select(n => n.Name));
        Assert.Contains(_log.TextsOf(Unreadable), t => t.Contains("networks/broken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_way_to_other_nodes_carries_limits_every_network_and_those_that_come_later()
    {
        await PutAsync(NetworkOf("a", 1));
        await PutAsync(Changed(NetworkOf("small", 2), n => n.Mtu = 1300));
        await _catalog.LoadAsync(CancellationToken.None);

        Assert.True(_catalog.LimitMtu(1400));
        Assert.False(_catalog.LimitMtu(1400));
        Assert.Equal([1400, 1300], _catalog.Current.All.Select(n => n.Mtu));
        await PutAsync(NetworkOf("late", 3));
        await _catalog.LoadAsync(CancellationToken.None);
        Assert.Equal([1400, 1300, 1400], _catalog.Current.All.Select(n => n.Mtu));
        Assert.True(_catalog.LimitMtu(null));
        Assert.Equal([1450, 1300, 1450], _catalog.Current.All.Select(n => n.Mtu));
    }

    [Fact]
    public async Task Changes_are_followed()
    {
        await PutAsync(NetworkOf("a", 1));
        long revision = await _catalog.LoadAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using var changed = new SemaphoreSlim(0);
        Task loop = _catalog.FollowAsync(revision + 1, () => { changed.Release(); return Task.CompletedTask; }, stop.Token);

        await PutAsync(NetworkOf("b", 2));
        await WaitAsync(changed);
        Assert.Equal(["a", "b"], _catalog.Current.All.Select(n => n.Name));

        await PutAsync(PoolOf("p", "b", "10.2.0.0/16"));
        await WaitAsync(changed);
        Assert.Single(_catalog.Current.Pools);

        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Node("node-b"), new byte[] { 1 }), CancellationToken.None);    // no change of ours
        await _store.TxnAsync(new StoreTxn().Delete(StoreKeys.Network("a")), CancellationToken.None);
        await WaitAsync(changed);
        Assert.Equal(["b"], _catalog.Current.All.Select(n => n.Name));
        Assert.Equal(0, changed.CurrentCount);
        await stop.CancelAsync();
        await Task.WhenAny(loop);
    }

    [Fact]
    public async Task History_that_was_compacted_away_is_read_anew()
    {
        long revision = await _catalog.LoadAsync(CancellationToken.None);
        await PutAsync(NetworkOf("a", 1));
        await PutAsync(NetworkOf("b", 2));
        await _store.CompactAsync((await _store.RangeAsync(StoreKeys.Networks, CancellationToken.None)).Revision, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using var changed = new SemaphoreSlim(0);

        Task loop = _catalog.FollowAsync(revision + 1, () => { changed.Release(); return Task.CompletedTask; }, stop.Token);

        await WaitAsync(changed);
        Assert.Equal(2, _catalog.Current.All.Count);
        await stop.CancelAsync();
        await Task.WhenAny(loop);
    }

    [Fact]
    public async Task A_store_that_is_away_leaves_networks_as_they_are()
    {
        await PutAsync(NetworkOf("a", 1));
        await _catalog.LoadAsync(CancellationToken.None);
        _failing.IsAway = true;

        await Assert.ThrowsAsync<StoreException>(() => _catalog.LoadAsync(CancellationToken.None));

        Assert.Single(_catalog.Current.All);
    }

    private static async Task WaitAsync(SemaphoreSlim changed) => Assert.True(await changed.WaitAsync(Programs.DefaultLimit), "no change was seen");

    private static Network NetworkOf(string name, uint number) =>
        new() { Name = name, Number = number, Vni = number, Gateway4 = GatewayAddresses.ForNetwork(number).ToString() };

    private static Network Changed(Network network, Action<Network> change)
    {
        change(network);
        return network;
    }

    private static Pool PoolOf(string name, string network, string cidr) => new() { Name = name, Network = network, Cidr = cidr, BlockSize = cidr.Contains(':', StringComparison.Ordinal) ? 122u : 26u };

    private Task<TxnResult> PutAsync(IMessage message) => _store.TxnAsync(
        new StoreTxn().Put(message is Network network ? StoreKeys.Network(network.Name) : StoreKeys.Pool(((Pool)message).Name), message.ToByteArray()),
        CancellationToken.None).AsTask();
}
