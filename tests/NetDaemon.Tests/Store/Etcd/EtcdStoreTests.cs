using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Store.Etcd;

public sealed class EtcdStoreTests : IAsyncLifetime
{
    private EtcdServer _server = null!;
    private EtcdStore _store = null!;

    public async Task InitializeAsync()
    {
        _server = await EtcdServer.StartAsync(options: ["--experimental-watch-progress-notify-interval", "200ms"]);
        _store = EtcdClient.Open(_server.ClientUrl);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_watch_goes_on_after_the_server_was_killed_and_misses_and_repeats_nothing()
    {
        long first = await _store.PutAsync("/a", "1");
        await using IAsyncEnumerator<WatchBatch> watch = _store.WatchAsync("/", first, default).GetAsyncEnumerator();
        Assert.Equal($"{first} /a=1", await watch.NextAsync());
        await _store.PutAsync("/a", "2");
        Assert.Equal($"{first + 1} /a=2", await watch.NextAsync());
        ValueTask<bool> waiting = watch.MoveNextAsync();

        await _server.KillAsync();
        await _server.StartAgainAsync();
        // Written before the watch is back, by another client, and more while it comes back.
        await using (EtcdStore other = EtcdClient.Open(_server.ClientUrl))
        {
            await other.TxnAsync(new StoreTxn().Delete("/a").Put("/b", new byte[] { (byte)'3' }), default);
            for (int i = 4; i < 50; i++)
            {
                await other.PutAsync("/a", $"{i}");
            }
        }

        Assert.True(await waiting.AsTask().WaitAsync(EtcdClient.Limit));
        Assert.Equal((first + 2, "/a deleted /b=3"), (watch.Current.Revision, EtcdClient.Describe(watch.Current.Changes)));
        for (int i = 4; i < 50; i++)
        {
            Assert.Equal($"{first + i - 1} /a={i}", await watch.NextAsync());
        }
    }

    [Fact]
    public async Task A_watch_that_was_overtaken_by_a_compaction_while_it_was_cut_off_says_so()
    {
        long first = await _store.PutAsync("/a", "1");
        await using EtcdStore cut = EtcdClient.Open(_server.ClientUrl);
        await using IAsyncEnumerator<WatchBatch> watch = cut.WatchAsync("/", first, default).GetAsyncEnumerator();
        await watch.NextAsync();
        await _store.PutAsync("/a", "2");
        long last = await _store.PutAsync("/a", "3");
        await _store.CompactAsync(last, default);
        await _server.KillAsync();
        await _server.StartAgainAsync();

        var compacted = await Assert.ThrowsAsync<RevisionCompactedException>(async () =>
        {
            // What it had received before it was cut off comes first.
            while (await watch.MoveNextAsync().AsTask().WaitAsync(EtcdClient.Limit) && watch.Current.Revision < last)
            {
            }
            await foreach (WatchBatch _ in cut.WatchAsync("/", first, default))
            {
            }
        });
        Assert.Equal(last, compacted.Oldest);
        Assert.Equal("3", await cut.TextAsync("/a"));
    }

    [Fact]
    public async Task A_watch_on_which_nothing_happens_keeps_its_place_ahead_of_compaction()
    {
        long first = await _store.PutAsync("/quiet/a", "1");
        await using IAsyncEnumerator<WatchBatch> watch = _store.WatchWithProgressAsync("/quiet/", first, default).GetAsyncEnumerator();
        await watch.NextAsync();
        long last = await _store.PutAsync("/loud", "1");
        last = await _store.PutAsync("/loud", "2");
        do
        {
            await watch.NextAsync();
        }
        while (watch.Current.Revision < last);
        Assert.Empty(watch.Current.Changes);
        ValueTask<bool> waiting = watch.MoveNextAsync();

        await _store.CompactAsync(last, default);
        await _server.KillAsync();
        await _server.StartAgainAsync();
        long put = await EtcdClientPut("/quiet/a", "2");

        Assert.True(await waiting.AsTask().WaitAsync(EtcdClient.Limit));
        while (watch.Current.Changes.Count == 0)
        {
            await watch.NextAsync();
        }
        Assert.Equal((put, "/quiet/a=2"), (watch.Current.Revision, EtcdClient.Describe(watch.Current.Changes)));
    }

    [Fact]
    public async Task Changes_that_etcd_sends_in_pieces_arrive_whole()
    {
        // etcd cuts a response at its limit for requests, 1.5 MB, less half a MB (watch fragmentation): this history is many of that.
        long first = (await _store.RangeAsync("/big/", default)).Revision + 1;
        byte[] value = new byte[300_000];
        for (int i = 0; i < 12; i++)
        {
            var txn = new StoreTxn();
            for (int k = 0; k < 4; k++)
            {
                txn.Put($"/big/{k}", value);
            }
            await _store.TxnAsync(txn, default);
        }

        await using IAsyncEnumerator<WatchBatch> watch = _store.WatchAsync("/big/", first, default).GetAsyncEnumerator();
        for (int i = 0; i < 12; i++)
        {
            Assert.True(await watch.MoveNextAsync());
            Assert.Equal((first + i, 4), (watch.Current.Revision, watch.Current.Changes.Count));
        }
    }

    [Fact]
    public async Task A_dead_first_endpoint_is_passed_over()
    {
        await using EtcdStore store = EtcdClient.Open(EtcdServer.DeadEndpoint(), _server.ClientUrl);

        long put = await store.PutAsync("/a", "1");     // a connection that nobody took is no lost answer

        Assert.Equal("1", await store.TextAsync("/a"));
        Assert.Equal(_server.Endpoint, store.Endpoint);
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/", put, default).GetAsyncEnumerator();
        Assert.Equal($"{put} /a=1", await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_passes_a_dead_first_endpoint_over()
    {
        long put = await _store.PutAsync("/a", "1");
        await using EtcdStore store = EtcdClient.Open(EtcdServer.DeadEndpoint(), _server.ClientUrl);

        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/", put, default).GetAsyncEnumerator();

        Assert.Equal($"{put} /a=1", await watch.NextAsync());
    }

    [Fact]
    public async Task Five_thousand_keys_come_in_pages_of_one_revision()
    {
        for (int i = 0; i < 5000; i += 100)
        {
            var txn = new StoreTxn();
            for (int k = i; k < i + 100; k++)
            {
                txn.Put($"/many/{k:D4}", new byte[] { 1 });
            }
            await _store.TxnAsync(txn, default);
        }
        await using EtcdStore paged = EtcdClient.Open(new EtcdOptions { Endpoints = [_server.ClientUrl], PageSize = 700 });
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            // Each write touches the first and the last page.
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                byte[] value = BitConverter.GetBytes(i);
                await _store.TxnAsync(new StoreTxn().Put("/many/0000", value).Put("/many/4999", value), default);
            }
        });
        try
        {
            for (int i = 0; i < 5; i++)
            {
                StoreRange range = await paged.RangeAsync("/many/", default);

                Assert.Equal(Enumerable.Range(0, 5000).Select(k => $"/many/{k:D4}"), range.Entries.Select(e => e.Key));
                Assert.Equal(range.Entries[0].Value.ToArray(), range.Entries[^1].Value.ToArray());
                Assert.All(range.Entries, e => Assert.True(e.ModRevision <= range.Revision));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
        Assert.Equal(5000, (await paged.CountAsync("/many/", default)).Count);
    }

    [Fact]
    public async Task What_is_too_large_for_etcd_is_refused_before_it_is_sent()
    {
        var refusal = await Assert.ThrowsAsync<StoreException>(async () =>
            await _store.TxnAsync(new StoreTxn().Put("/a", new byte[EtcdStore.MaximumRequest]), default));

        Assert.Contains("write /a", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("too large", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await _store.GetAsync("/a", default));
        await _store.TxnAsync(new StoreTxn().Put("/a", new byte[1_400_000]), default);
    }

    [Fact]
    public async Task A_revision_that_is_yet_to_come_cannot_be_compacted() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _store.CompactAsync(1_000_000, default));

    [Fact]
    public async Task A_transaction_whose_answer_is_lost_is_not_repeated_and_says_so()
    {
        await using EtcdStore store = EtcdClient.Open(new EtcdOptions { Endpoints = [_server.ClientUrl], AnswerTimeout = TimeSpan.FromMilliseconds(500) });
        await store.TextAsync("/a");        // connected
        StoreTxn txn = new StoreTxn().IfAbsent("/a").Put("/a", new byte[] { 1 });
        _server.Pause();
        try
        {
            var unknown = await Assert.ThrowsAsync<StoreOutcomeUnknownException>(async () => await store.TxnAsync(txn, default));
            Assert.Contains(_server.Endpoint, unknown.Message, StringComparison.Ordinal);
        }
        finally
        {
            _server.Resume();
        }

        // Sent again by who knows that it may be: whichever of the two was done, it was done once.
        await _store.TxnAsync(txn, default);
        Assert.Equal(1, (await _store.GetAsync("/a", default))!.Version);
    }

    [Fact]
    public async Task Etcd_that_is_away_is_named_with_cause_and_since_when()
    {
        Assert.Null(_store.Trouble);
        await _store.PutAsync("/a", "1");
        await _server.KillAsync();

        var failure = await Assert.ThrowsAsync<StoreException>(async () => await _store.GetAsync("/a", default));

        Assert.Contains($"could not read /a: etcd at {_server.Endpoint}: Connection refused", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--etcd-endpoints", failure.NextStep, StringComparison.Ordinal);
        StoreTrouble trouble = _store.Trouble!;
        Assert.Equal((StoreTroubleKind.Away, failure.Message), (trouble.Kind, trouble.Reason));
        await Assert.ThrowsAsync<StoreException>(async () => await _store.GetAsync("/a", default));
        Assert.Equal(trouble.Since, _store.Trouble!.Since);
        await _server.StartAgainAsync();
        Assert.Equal("1", await _store.TextAsync("/a"));
        Assert.Null(_store.Trouble);
    }

    [Fact]
    public async Task Etcd_that_lost_its_data_is_refused_by_reads_and_watches()
    {
        await _store.PutAsync("/a", "1");
        long last = await _store.PutAsync("/a", "2");
        await using IAsyncEnumerator<WatchBatch> watch = _store.WatchAsync("/", last, default).GetAsyncEnumerator();
        await watch.NextAsync();
        ValueTask<bool> waiting = watch.MoveNextAsync();
        await _server.KillAsync();
        _server.LoseData();
        await _server.StartAgainAsync();

        var regressed = await Assert.ThrowsAsync<StoreRegressedException>(async () => await _store.RangeAsync("/", default));
        Assert.Equal((last, 1), (regressed.Known, regressed.Found));
        await Assert.ThrowsAsync<StoreRegressedException>(async () => await waiting.AsTask().WaitAsync(EtcdClient.Limit));
    }

    [Fact]
    public async Task A_watch_ends_with_the_store()
    {
        EtcdStore store = EtcdClient.Open(_server.ClientUrl);
        long put = await store.PutAsync("/a", "1");
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/", put, default).GetAsyncEnumerator();
        await watch.NextAsync();
        ValueTask<bool> waiting = watch.MoveNextAsync();

        await store.DisposeAsync();

        Assert.False(await waiting.AsTask().WaitAsync(EtcdClient.Limit));
    }

    private async Task<long> EtcdClientPut(string key, string value)
    {
        await using EtcdStore other = EtcdClient.Open(_server.ClientUrl);
        return await other.PutAsync(key, value);
    }
}
