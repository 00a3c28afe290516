using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Store.Etcd;

public sealed class EtcdClusterTests : IAsyncLifetime
{
    private IReadOnlyList<EtcdServer> _members = [];

    public async Task InitializeAsync() => _members = await EtcdServer.StartClusterAsync(3);

    public async Task DisposeAsync()
    {
        foreach (EtcdServer member in _members)
        {
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task Writers_and_watches_outlive_the_leader()
    {
        await using EtcdStore store = EtcdClient.Open([.. _members.Select(m => m.ClientUrl)]);
        long start = await store.PutAsync("/counter", "0");
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/counter", start + 1, default).GetAsyncEnumerator();

        for (int value = 1; value <= 20; value++)
        {
            if (value == 10)
            {
                await Leader().KillAsync();
            }
            await WriteAsync(store, value);
        }

        for (int value = 1; value <= 20; value++)
        {
            Assert.EndsWith($" /counter={value}", await watch.NextAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(21, (await store.GetAsync("/counter", default))!.Version);    // each once
    }

    [Fact]
    public async Task A_member_that_hangs_is_passed_over()
    {
        await using EtcdStore store = EtcdClient.Open(new EtcdOptions
        {
            Endpoints = [.. _members.Select(m => m.ClientUrl)],
            AnswerTimeout = TimeSpan.FromSeconds(1),
            Patience = EtcdClient.Limit,
        });
        await store.PutAsync("/a", "1");
        EtcdServer first = _members.Single(m => m.Endpoint == store.Endpoint);
        first.Pause();
        try
        {
            Assert.Equal("1", await store.TextAsync("/a"));
            Assert.NotEqual(first.Endpoint, store.Endpoint);
        }
        finally
        {
            first.Resume();
        }
    }

    [Fact]
    public async Task A_member_without_a_leader_is_no_store_until_it_has_one_again()
    {
        await using EtcdStore store = EtcdClient.Open(new EtcdOptions { Endpoints = [_members[0].ClientUrl], Patience = TimeSpan.FromSeconds(3) });
        long put = await store.PutAsync("/a", "1");
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/", put, default).GetAsyncEnumerator();
        await watch.NextAsync();
        ValueTask<bool> waiting = watch.MoveNextAsync();
        await _members[1].KillAsync();
        await _members[2].KillAsync();

        // Until the member has noticed, a write may wait for an answer that does not come: it may have been done.
        StoreException failure;
        do
        {
            failure = await Assert.ThrowsAnyAsync<StoreException>(async () => await store.PutAsync("/a", "2"));
        }
        while (failure is StoreOutcomeUnknownException);
        Assert.Contains("etcdserver: no leader", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(store.Trouble);

        await _members[1].StartAgainAsync();
        while (await TryPutAsync(store, "/b", "3") is false)
        {
        }
        Assert.Null(store.Trouble);
        Assert.True(await waiting.AsTask().WaitAsync(EtcdClient.Limit));
        while (!EtcdClient.Describe(watch.Current.Changes).Contains("/b=3", StringComparison.Ordinal))
        {
            await watch.NextAsync();
        }
    }

    /// <summary>Writes by compare-and-put: a lost answer is settled by looking.</summary>
    private static async Task WriteAsync(EtcdStore store, int value)
    {
        while (true)
        {
            try
            {
                StoreEntry entry = (await store.GetAsync("/counter", default))!;
                if (EtcdClient.Text(entry) == $"{value}")
                {
                    return;
                }
                await store.TxnAsync(new StoreTxn().If("/counter", entry.ModRevision).Put("/counter", System.Text.Encoding.UTF8.GetBytes($"{value}")), default);
            }
            catch (StoreOutcomeUnknownException)
            {
                // The next look tells.
            }
        }
    }

    private static async Task<bool> TryPutAsync(EtcdStore store, string key, string value)
    {
        try
        {
            await store.PutAsync(key, value);
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private EtcdServer Leader() => _members.Single(m => m.IsLeader());
}
