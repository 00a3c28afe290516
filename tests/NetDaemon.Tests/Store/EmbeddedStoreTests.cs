using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Store;

public sealed class EmbeddedStoreTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Entries_history_and_revisions_outlive_the_process()
    {
        long first;
        await using (EmbeddedStore store = Open())
        {
            first = (await Put(store, "/a", 1)).Revision;
            await Put(store, "/a", 2);
        }
        await using EmbeddedStore again = Open();

        StoreEntry entry = (await again.GetAsync("/a", default))!;
        Assert.Equal((first, first + 1, 2L), (entry.CreateRevision, entry.ModRevision, entry.Version));
        Assert.Equal(first + 2, (await Put(again, "/a", 3)).Revision);
        await using IAsyncEnumerator<WatchBatch> watch = again.WatchAsync("/", first, default).GetAsyncEnumerator();
        for (byte value = 1; value <= 3; value++)
        {
            Assert.True(await watch.MoveNextAsync());
            Assert.Equal(value, Assert.Single(watch.Current.Changes).Entry!.Value.Span[0]);
        }
    }

    [Fact]
    public async Task A_second_weftd_on_the_same_directory_is_refused_by_name()
    {
        await using EmbeddedStore store = Open();

        var refusal = Assert.Throws<StoreException>(() => Open());

        Assert.Contains(_directory, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("weftd", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--state-dir", refusal.NextStep, StringComparison.Ordinal);
        await Put(store, "/a", 1);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_refused_by_name()
    {
        File.WriteAllText(_directory.File("file"), "");

        var refusal = Assert.Throws<StoreException>(() => EmbeddedStore.Open(_directory.File("file/state"), _time));

        Assert.Contains(_directory.File("file/state"), refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--state-dir", refusal.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        byte[] junk = [.. Enumerable.Repeat((byte)'x', 10_000)];
        File.WriteAllBytes(_directory.File(EmbeddedStore.FileName), junk);

        var refusal = Assert.Throws<StoreException>(() => Open());

        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("aside", refusal.NextStep, StringComparison.Ordinal);
        Assert.Equal(junk, File.ReadAllBytes(_directory.File(EmbeddedStore.FileName)));
    }

    [Fact]
    public async Task A_damaged_page_is_reported_as_such()
    {
        await using (EmbeddedStore store = Open())
        {
            await Put(store, "/a", 1);
        }
        using (FileStream file = File.OpenWrite(_directory.File(EmbeddedStore.FileName)))
        {
            file.Position = 4096;
            file.Write(new byte[file.Length - 4096].Select(_ => (byte)0xff).ToArray());
        }

        var failure = Assert.Throws<StoreException>(() => Open());

        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await Open().DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={_directory.File(EmbeddedStore.FileName)};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version=2";
            command.ExecuteNonQuery();
        }

        var refusal = Assert.Throws<StoreException>(() => Open());

        Assert.Contains("schema 2", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("newer", refusal.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_is_compacted_by_itself_and_the_file_stops_growing()
    {
        await using EmbeddedStore store = EmbeddedStore.Open(_directory, _time, historyToKeep: 100);
        long last = 0;
        for (int i = 0; i < 300; i++)
        {
            last = (await store.TxnAsync(new StoreTxn().Put("/a", new byte[2000]), default)).Revision;
        }
        await Assert.ThrowsAsync<RevisionCompactedException>(async () => await FirstOf(store, last - 101));
        Assert.Equal(last - 99, (await FirstOf(store, last - 99)).Revision);

        await store.DisposeAsync();
        long size = new FileInfo(_directory.File(EmbeddedStore.FileName)).Length;
        Assert.InRange(size, 100 * 2000, 100 * 4096 * 2);
    }

    [Fact]
    public async Task A_lease_lives_on_after_a_restart_and_still_expires()
    {
        long lease;
        await using (EmbeddedStore store = Open())
        {
            lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(10), default);
            await store.TxnAsync(new StoreTxn().Put("/a", new byte[1], lease), default);
            _time.Advance(TimeSpan.FromSeconds(9));
        }
        await using EmbeddedStore again = Open();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(await again.KeepAliveAsync(lease, default));
        long revision = (await again.RangeAsync("/", default)).Revision;
        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Null(Assert.Single((await FirstOf(again, revision + 1)).Changes).Entry);
        Assert.True(await again.GrantLeaseAsync(TimeSpan.FromSeconds(1), default) > lease);
    }

    [Fact]
    public async Task A_slow_watch_that_is_overtaken_by_compaction_is_told_so()
    {
        await using EmbeddedStore store = Open();
        long first = (await Put(store, "/a", 1)).Revision;
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/", first, default).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        await Put(store, "/a", 2);
        long last = (await Put(store, "/a", 3)).Revision;
        await store.CompactAsync(last, default);

        await Assert.ThrowsAsync<RevisionCompactedException>(async () => await watch.MoveNextAsync());
    }

    [Fact]
    public async Task A_watch_reads_a_long_history_whole_and_ends_with_the_store()
    {
        EmbeddedStore store = Open();
        long first = (await Put(store, "/a", 0)).Revision;
        for (int i = 0; i < 700; i++)
        {
            await Put(store, i % 2 == 0 ? "/a" : "/b", 1);
        }
        List<long> seen = [];
        await foreach (WatchBatch batch in store.WatchAsync("/a", first, default))
        {
            seen.Add(batch.Revision);
            if (seen.Count == 351)
            {
                await store.DisposeAsync();
            }
        }

        Assert.Equal(Enumerable.Range(0, 351).Select(i => i == 0 ? first : first + (2 * i) - 1), seen);
    }

    [Fact]
    public async Task Files_are_for_their_owner_alone()
    {
        string state = _directory.File("state");
        await using EmbeddedStore store = EmbeddedStore.Open(state, _time);
        await Put(store, "/a", 1);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(state));
        Assert.All(Directory.GetFiles(state), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    private EmbeddedStore Open() => EmbeddedStore.Open(_directory, _time);

    private static ValueTask<TxnResult> Put(EmbeddedStore store, string key, byte value) =>
        store.TxnAsync(new StoreTxn().Put(key, new byte[] { value }), default);

    private static async Task<WatchBatch> FirstOf(EmbeddedStore store, long revision)
    {
        await foreach (WatchBatch batch in store.WatchAsync("/", revision, default))
        {
            return batch;
        }
        throw new InvalidOperationException("the watch ended");
    }
}
