using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.NetDaemon.Store.Snapshot;
using Weft.NetDaemon.Tests.Store.Etcd;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Store.Snapshot;

public sealed class SnapshotStoreTests : IAsyncLifetime, IDisposable
{
    private static readonly string KeyA = StoreKeys.Node("a");
    private static readonly string KeyB = StoreKeys.Node("b");

    private readonly TempDirectory _directory = new();
    private EtcdServer _server = null!;
    private EtcdStore _others = null!;      // another node's

    public async Task InitializeAsync()
    {
        _server = await EtcdServer.StartAsync();
        _others = EtcdClient.Open(_server.ClientUrl);
        await PutClusterAsync("cluster-1");
    }

    public async Task DisposeAsync()
    {
        await _others.DisposeAsync();
        await _server.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_node_boots_with_its_last_knowledge_while_etcd_is_away_and_says_so()
    {
        long put = await _others.PutAsync(KeyA, "1");
        await (await OpenAsync()).DisposeAsync();
        await _server.KillAsync();

        await using SnapshotStore store = await OpenAsync();

        Assert.Equal("1", await store.TextAsync(KeyA));
        StoreRange range = await store.RangeAsync(StoreKeys.Nodes, default);
        Assert.Equal(KeyA, Assert.Single(range.Entries).Key);
        Assert.Equal(put, range.Revision);
        StoreTrouble trouble = store.Trouble!;
        Assert.Equal(StoreTroubleKind.Away, trouble.Kind);
        Assert.NotNull(trouble.SnapshotOf);
        Assert.Contains(_server.Endpoint, trouble.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreException>(async () => await store.PutAsync(KeyA, "2"));
        // What is not copied is not made up.
        await Assert.ThrowsAsync<StoreException>(async () => await store.RangeAsync(StoreKeys.Endpoints, default));
    }

    [Fact]
    public async Task Without_a_snapshot_etcd_is_needed()
    {
        await _server.KillAsync();

        var failure = await Assert.ThrowsAsync<StoreException>(OpenAsync);

        Assert.Contains(_server.Endpoint, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Followers_begin_with_the_snapshot_and_catch_up_when_etcd_is_back()
    {
        await _others.PutAsync(KeyA, "1");
        await _others.PutAsync(KeyB, "1");
        await (await OpenAsync()).DisposeAsync();
        await _others.PutAsync(KeyA, "2");
        await _others.DeleteAsync(KeyB);
        await _server.KillAsync();
        await using SnapshotStore store = await OpenAsync();
        await using IAsyncEnumerator<MirrorStep> follower = store.FollowAsync(StoreKeys.Nodes, default).GetAsyncEnumerator();
        Assert.True(await follower.MoveNextAsync());
        Assert.True(follower.Current.FromSnapshot);
        Assert.Equal($"{KeyA}=1 {KeyB}=1", EtcdClient.Describe(follower.Current.Changes));

        await _server.StartAgainAsync();

        Assert.Equal($"{KeyA}=2", await NextAsync(follower));
        Assert.Equal($"{KeyB} deleted", await NextAsync(follower));
        Assert.False(follower.Current.FromSnapshot);
        await _others.PutAsync(KeyB, "3");
        Assert.Equal($"{KeyB}=3", await NextAsync(follower));
        Assert.Equal("2", await store.TextAsync(KeyA));
        Assert.Null(store.Trouble);
    }

    [Fact]
    public async Task What_was_compacted_meanwhile_is_listed_and_compared()
    {
        await _others.PutAsync(KeyA, "1");
        await _others.PutAsync(KeyB, "1");
        await (await OpenAsync()).DisposeAsync();
        await _others.PutAsync(KeyA, "2");
        await _others.PutAsync(KeyA, "3");
        long last = await _others.DeleteAsync(KeyB);
        await _others.CompactAsync(last, default);
        await _server.KillAsync();
        await using SnapshotStore store = await OpenAsync();
        await using IAsyncEnumerator<MirrorStep> follower = store.FollowAsync(StoreKeys.Nodes, default).GetAsyncEnumerator();
        await NextAsync(follower);

        await _server.StartAgainAsync();

        Assert.Equal($"{KeyA}=3 {KeyB} deleted", await NextAsync(follower));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Etcd_that_lost_its_data_gets_them_back_and_followers_lose_nothing(bool restarted)
    {
        await _others.PutAsync(KeyA, "1");
        await _others.PutAsync(StoreKeys.NodeNumber(1), "a");
        await _others.PutAsync(StoreKeys.BlocksOf("p") + "10.0.0.0_26", "theirs");
        SnapshotStore store = await OpenAsync();
        using var stop = new CancellationTokenSource();
        await using IAsyncEnumerator<MirrorStep> follower = store.FollowAsync(StoreKeys.Nodes, stop.Token).GetAsyncEnumerator();
        await NextAsync(follower);
        if (restarted)
        {
            await store.DisposeAsync();
        }
        await _server.KillAsync();
        _server.LoseData();
        await _server.StartAgainAsync();
        store = restarted ? await OpenAsync() : store;
        await using SnapshotStore held = store;

        await UntilAsync(() => Task.FromResult(store.Trouble is { Kind: StoreTroubleKind.Gathering }));

        await using EtcdStore raw = EtcdClient.Open(_server.ClientUrl);
        Cluster record = Cluster.Parser.ParseFrom((await raw.GetAsync(StoreKeys.Cluster, default))!.Value.Span);
        Assert.Equal(("cluster-1", true), (record.Uuid, record.Gathering));
        Assert.NotEmpty(record.History);
        Assert.Equal("a", await raw.TextAsync(StoreKeys.NodeNumber(1)));
        Assert.Equal("1", await store.TextAsync(KeyA));
        // Whose block it is that node alone says; until all have, it is listed as it was.
        Assert.Empty((await raw.RangeAsync(StoreKeys.Blocks, default)).Entries);
        Assert.Equal("theirs", EtcdClient.Text(Assert.Single((await store.RangeAsync(StoreKeys.Blocks, default)).Entries)));
        // What comes now is written, and heard of by who listened all the time.
        await store.PutAsync(KeyB, "2");
        if (!restarted)
        {
            await UntilAsync(async () => (await NextAsync(follower)).Contains($"{KeyB}=2", StringComparison.Ordinal));
        }
        record.Gathering = false;
        await raw.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, record.ToByteArray()), default);
        await UntilAsync(async () => store.Trouble is null && (await store.RangeAsync(StoreKeys.Blocks, default)).Entries.Count == 0);
    }

    [Fact]
    public async Task All_keys_that_somebody_deletes_at_once_come_back()
    {
        await _others.PutAsync(KeyA, "1");
        await _others.PutAsync(StoreKeys.Network("n"), "net");
        await using SnapshotStore store = await OpenAsync();

        _server.Control("del", "--prefix", "/weft/v1/");

        await UntilAsync(async () => await _others.TextAsync(StoreKeys.Network("n")) == "net" && await _others.TextAsync(KeyA) == "1" && store.Trouble is { Kind: StoreTroubleKind.Gathering });
        Assert.NotNull(await _others.GetAsync(StoreKeys.Cluster, default));
    }

    [Fact]
    public async Task A_backup_gets_what_it_lacks_and_what_it_has_otherwise_stands()
    {
        await _others.PutAsync(StoreKeys.Network("old"), "as in the backup");
        await _server.KillAsync();
        CopyData("data", "backup");
        await _server.StartAgainAsync();
        await _others.PutAsync(StoreKeys.Network("old"), "changed");
        await _others.PutAsync(StoreKeys.Network("new"), "net");
        var log = new RecordingLogger<SnapshotStore>();
        await using SnapshotStore store = await SnapshotStore.OpenAsync(EtcdClient.Open(_server.ClientUrl), _directory, TimeProvider.System, log, default);
        await _server.KillAsync();
        _server.LoseData();
        CopyData("backup", "data");
        await _server.StartAgainAsync();

        await UntilAsync(() => Task.FromResult(store.Trouble is { Kind: StoreTroubleKind.Gathering }));

        Assert.Equal("net", await store.TextAsync(StoreKeys.Network("new")));
        Assert.Equal("as in the backup", await store.TextAsync(StoreKeys.Network("old")));
        Assert.Contains(StoreKeys.Network("old"), Assert.Single(log.TextsOf(1482)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_nodes_that_find_the_loss_at_once_put_back_one_cluster()
    {
        await _others.PutAsync(StoreKeys.Network("n"), "net");
        using var second = new TempDirectory();
        await using SnapshotStore one = await OpenAsync();
        await using SnapshotStore two = await SnapshotStore.OpenAsync(EtcdClient.Open(_server.ClientUrl), second, TimeProvider.System, NullLogger.Instance, default);
        await _server.KillAsync();
        _server.LoseData();
        await _server.StartAgainAsync();

        await UntilAsync(() => Task.FromResult(one.Trouble is { Kind: StoreTroubleKind.Gathering } && two.Trouble is { Kind: StoreTroubleKind.Gathering }));

        await using EtcdStore raw = EtcdClient.Open(_server.ClientUrl);
        string history = Cluster.Parser.ParseFrom((await raw.GetAsync(StoreKeys.Cluster, default))!.Value.Span).History;
        await one.PutAsync(KeyA, "1");
        await two.PutAsync(KeyB, "1");
        Assert.Equal(history, Cluster.Parser.ParseFrom((await raw.GetAsync(StoreKeys.Cluster, default))!.Value.Span).History);
        Assert.Equal("net", await raw.TextAsync(StoreKeys.Network("n")));
    }

    [Fact]
    public async Task Another_cluster_is_not_taken_for_ours_however_far_it_is()
    {
        await _others.PutAsync(KeyA, "1");
        await (await OpenAsync()).DisposeAsync();
        await _server.KillAsync();
        _server.LoseData();
        await _server.StartAgainAsync();
        await using EtcdStore fresh = EtcdClient.Open(_server.ClientUrl);
        await fresh.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, new Cluster { Uuid = "cluster-2" }.ToByteArray()), default);
        for (int i = 0; i < 20; i++)
        {
            await fresh.PutAsync("/noise", $"{i}");
        }

        await using SnapshotStore store = await OpenAsync();

        StoreTrouble trouble = store.Trouble!;
        Assert.Equal(StoreTroubleKind.Regressed, trouble.Kind);
        Assert.Contains("cluster-2", trouble.Reason, StringComparison.Ordinal);
        Assert.Equal("1", await store.TextAsync(KeyA));
        await Assert.ThrowsAsync<StoreRegressedException>(async () => await store.PutAsync(KeyA, "2"));
        Assert.Null(await fresh.TextAsync(KeyA));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_reported_and_replaced()
    {
        await _others.PutAsync(KeyA, "1");
        await (await OpenAsync()).DisposeAsync();
        File.WriteAllText(_directory.File(SnapshotFile.FileName), "junk");
        var logger = new RecordingLogger<SnapshotStore>();

        await using SnapshotStore store = await SnapshotStore.OpenAsync(
            EtcdClient.Open(_server.ClientUrl), _directory, TimeProvider.System, logger, default);

        Assert.Contains(SnapshotFile.FileName, Assert.Single(logger.TextsOf(1451)), StringComparison.Ordinal);
        Assert.NotNull(SnapshotFile.TryRead(_directory, out _));
    }

    [Fact]
    public async Task Only_copied_prefixes_can_be_followed()
    {
        await using SnapshotStore store = await OpenAsync();

        await Assert.ThrowsAsync<ArgumentException>(async () => await store.FollowAsync(StoreKeys.Endpoints, default).GetAsyncEnumerator().MoveNextAsync());
    }

    private void CopyData(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(_server.File(from), "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(_server.File(to), Path.GetRelativePath(_server.File(from), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private Task<SnapshotStore> OpenAsync() => SnapshotStore.OpenAsync(
        EtcdClient.Open(new EtcdOptions { Endpoints = [_server.ClientUrl], Patience = TimeSpan.FromSeconds(2) }),
        _directory, TimeProvider.System, NullLogger.Instance, default);

    private async Task PutClusterAsync(string uuid) =>
        await _others.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, new Cluster { Uuid = uuid }.ToByteArray()), default);

    private static async Task<string> NextAsync(IAsyncEnumerator<MirrorStep> follower)
    {
        Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(EtcdClient.Limit));
        return EtcdClient.Describe(follower.Current.Changes);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(EtcdClient.Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
