using System.Text;
using CsCheck;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Store;

/// <summary>What every store does. Keys lie under a prefix of the test's own, so that a shared server can serve many tests.</summary>
public abstract class StoreConformance : IAsyncLifetime
{
    private IStore _store = null!;

    protected string Prefix { get; }

    /// <param name="root">What the prefix begins with.</param>
    protected StoreConformance(string root = "/test/") => Prefix = $"{root}{Guid.NewGuid():N}/";

    private protected IStore Store => _store;

    private protected abstract Task<IStore> OpenAsync();

    /// <summary>Lets time go by for the store's leases.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    public async Task InitializeAsync() => _store = await OpenAsync();

    public virtual async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task A_key_that_was_never_put_has_no_entry() => Assert.Null(await Get("absent"));

    [Fact]
    public async Task A_new_key_has_version_1_and_one_revision()
    {
        TxnResult result = await Put("a", "1");

        StoreEntry entry = (await Get("a"))!;
        Assert.Equal(Prefix + "a", entry.Key);
        Assert.Equal("1", Text(entry));
        Assert.Equal((result.Revision, result.Revision, 1, 0), (entry.CreateRevision, entry.ModRevision, entry.Version, entry.Lease));
    }

    [Fact]
    public async Task Changing_a_key_keeps_its_creation_and_counts_its_version()
    {
        TxnResult first = await Put("a", "1");
        TxnResult second = await Put("a", "2");

        StoreEntry entry = (await Get("a"))!;
        Assert.Equal(("2", first.Revision, second.Revision, 2L), (Text(entry), entry.CreateRevision, entry.ModRevision, entry.Version));
        Assert.True(second.Revision > first.Revision);
    }

    [Fact]
    public async Task A_key_that_is_created_again_starts_over()
    {
        await Put("a", "1");
        await Put("a", "2");
        await Txn(t => t.Delete(Prefix + "a"));
        TxnResult again = await Put("a", "3");

        StoreEntry entry = (await Get("a"))!;
        Assert.Equal((again.Revision, 1L), (entry.CreateRevision, entry.Version));
    }

    [Fact]
    public async Task All_writes_of_a_transaction_carry_one_revision()
    {
        TxnResult result = await Txn(t => t.Put(Prefix + "a", Bytes("1")).Put(Prefix + "b", Bytes("2")));

        StoreRange range = await Range("");
        Assert.All(range.Entries, e => Assert.Equal(result.Revision, e.ModRevision));
        Assert.Equal(2, range.Entries.Count);
    }

    [Fact]
    public async Task A_transaction_whose_condition_fails_does_nothing()
    {
        TxnResult put = await Put("a", "1");

        TxnResult refused = await Txn(t => t.IfAbsent(Prefix + "a").Put(Prefix + "a", Bytes("2")).Put(Prefix + "b", Bytes("2")));
        TxnResult stale = await Txn(t => t.If(Prefix + "a", put.Revision - 1).Delete(Prefix + "a"));

        Assert.False(refused.Succeeded);
        Assert.False(stale.Succeeded);
        Assert.Equal("1", Text((await Get("a"))!));
        Assert.Null(await Get("b"));
    }

    [Fact]
    public async Task Every_condition_must_hold()
    {
        TxnResult put = await Put("a", "1");

        Assert.False((await Txn(t => t.If(Prefix + "a", put.Revision).If(Prefix + "b", 7).Put(Prefix + "c", Bytes("1")))).Succeeded);
        Assert.True((await Txn(t => t.If(Prefix + "a", put.Revision).If(Prefix + "b", 0).Put(Prefix + "c", Bytes("1")))).Succeeded);
    }

    [Fact]
    public async Task Deleting_what_is_absent_takes_no_revision()
    {
        TxnResult put = await Put("a", "1");

        TxnResult deleted = await Txn(t => t.Delete(Prefix + "absent"));

        Assert.True(deleted.Succeeded);
        Assert.Equal(put.Revision, deleted.Revision);
    }

    [Fact]
    public async Task A_transaction_takes_128_operations_and_no_more()
    {
        TxnResult most = await Txn(t => Many(t, 128));

        Assert.True(most.Succeeded);
        Assert.Equal(128, (await Range("")).Entries.Count);
        await Assert.ThrowsAsync<ArgumentException>(async () => await Txn(t => Many(t, 129)));

        StoreTxn Many(StoreTxn txn, int count)
        {
            for (int i = 0; i < count; i++)
            {
                txn.Put($"{Prefix}{i}", Bytes("x"));
            }
            return txn;
        }
    }

    [Fact]
    public async Task A_transaction_writes_no_key_twice() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Txn(t => t.Put(Prefix + "a", Bytes("1")).Delete(Prefix + "a")));

    [Fact]
    public async Task A_range_has_the_keys_with_the_prefix_in_the_order_of_their_bytes()
    {
        // U+FFFD is before U+10000 in UTF-8, and after it in UTF-16.
        string[] keys = ["a", "a/", "a/1", "a/\uFFFD", "a/\U00010000", "a0", "b"];
        foreach (string key in keys.Reverse())
        {
            await Put(key, key);
        }

        StoreRange range = await Range("a/");

        Assert.Equal(keys[1..5], range.Entries.Select(e => e.Key[Prefix.Length..]));
    }

    [Fact]
    public async Task A_range_knows_the_revision_that_it_held_at()
    {
        TxnResult put = await Put("a", "1");

        Assert.True((await Range("")).Revision >= put.Revision);
        Assert.True((await Range("nothing/")).Revision >= put.Revision);
        Assert.Empty((await Range("nothing/")).Entries);
    }

    [Fact]
    public async Task A_value_may_be_empty_or_binary()
    {
        byte[] binary = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await Txn(t => t.Put(Prefix + "empty", ReadOnlyMemory<byte>.Empty).Put(Prefix + "binary", binary));

        Assert.True((await Get("empty"))!.Value.IsEmpty);
        Assert.Equal(binary, (await Get("binary"))!.Value.ToArray());
    }

    [Fact]
    public async Task Of_many_writers_that_compare_and_put_none_is_lost()
    {
        await Put("counter", "0");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int done = 0; done < 10;)
            {
                StoreEntry entry = (await Get("counter"))!;
                string next = (int.Parse(Text(entry)) + 1).ToString();
                done += (await Txn(t => t.If(entry.Key, entry.ModRevision).Put(entry.Key, Bytes(next)))).Succeeded ? 1 : 0;
            }
        })));

        Assert.Equal("80", Text((await Get("counter"))!));
    }

    [Fact]
    public async Task A_watch_starts_with_the_history_and_goes_on()
    {
        TxnResult first = await Put("a", "1");
        await Put("elsewhere", "x");
        await Txn(t => t.Put(Prefix + "a", Bytes("2")).Put(Prefix + "ab", Bytes("3")));

        await using IAsyncEnumerator<WatchBatch> watch = Store.WatchAsync(Prefix + "a", first.Revision, default).GetAsyncEnumerator();
        Assert.Equal("a=1", await Next(watch));
        Assert.Equal("a=2 ab=3", await Next(watch));
        ValueTask<bool> waiting = watch.MoveNextAsync();
        Assert.False(waiting.IsCompleted);
        await Put("elsewhere", "y");
        TxnResult deleted = await Txn(t => t.Delete(Prefix + "a"));
        Assert.True(await waiting);
        Assert.Equal("a deleted", Describe(watch.Current));
        Assert.Equal(deleted.Revision, watch.Current.Revision);
    }

    [Fact]
    public async Task A_watch_from_the_revision_after_a_range_misses_and_repeats_nothing()
    {
        await Put("a", "1");
        StoreRange range = await Range("");
        await using IAsyncEnumerator<WatchBatch> watch = Store.WatchAsync(Prefix, range.Revision + 1, default).GetAsyncEnumerator();
        await Put("a", "2");

        Assert.Equal("a=2", await Next(watch));
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        StoreRange range = await Range("");
        await using IAsyncEnumerator<WatchBatch> watch = Store.WatchAsync(Prefix, range.Revision + 1, stop.Token).GetAsyncEnumerator();
        ValueTask<bool> waiting = watch.MoveNextAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }

    [Fact]
    public async Task Compaction_keeps_entries_and_refuses_older_watches()
    {
        TxnResult first = await Put("a", "1");
        await Put("a", "2");
        TxnResult third = await Put("b", "3");
        await Store.CompactAsync(third.Revision, default);

        Assert.Equal("2", Text((await Get("a"))!));
        var refusal = await Assert.ThrowsAsync<RevisionCompactedException>(async () =>
        {
            await foreach (WatchBatch _ in Store.WatchAsync(Prefix, first.Revision, default))
            {
            }
        });
        await using IAsyncEnumerator<WatchBatch> watch = Store.WatchAsync(Prefix, refusal.Oldest, default).GetAsyncEnumerator();
        Assert.Equal("b=3", await Next(watch));
    }

    [Fact]
    public async Task An_expired_lease_takes_its_keys_along_at_one_revision()
    {
        long lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(5), default);
        TxnResult put = await Txn(t => t.Put(Prefix + "a", Bytes("1"), lease).Put(Prefix + "b", Bytes("2"), lease).Put(Prefix + "c", Bytes("3")));
        Assert.Equal(lease, (await Get("a"))!.Lease);
        await using IAsyncEnumerator<WatchBatch> watch = Store.WatchAsync(Prefix, put.Revision + 1, default).GetAsyncEnumerator();

        await PassAsync(TimeSpan.FromSeconds(6));

        Assert.Equal("a deleted b deleted", await Next(watch));
        Assert.Equal("c", Assert.Single((await Range("")).Entries).Key[Prefix.Length..]);
        Assert.False(await Store.KeepAliveAsync(lease, default));
    }

    [Fact]
    public async Task A_lease_that_is_kept_alive_keeps_its_keys()
    {
        long lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(5), default);
        await Txn(t => t.Put(Prefix + "a", Bytes("1"), lease));
        for (int i = 0; i < 3; i++)
        {
            await PassAsync(TimeSpan.FromSeconds(3));
            Assert.True(await Store.KeepAliveAsync(lease, default));
        }

        Assert.NotNull(await Get("a"));
    }

    [Fact]
    public async Task A_revoked_lease_takes_its_keys_along_at_once()
    {
        long lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(60), default);
        await Txn(t => t.Put(Prefix + "a", Bytes("1"), lease));

        await Store.RevokeLeaseAsync(lease, default);
        await Store.RevokeLeaseAsync(lease, default);

        Assert.Null(await Get("a"));
        await Assert.ThrowsAsync<StoreException>(async () => await Txn(t => t.Put(Prefix + "a", Bytes("1"), lease)));
        Assert.Null(await Get("a"));
    }

    [Fact]
    public async Task A_key_that_is_put_without_a_lease_leaves_it()
    {
        long lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(60), default);
        await Txn(t => t.Put(Prefix + "a", Bytes("1"), lease));
        await Put("a", "2");
        await Store.RevokeLeaseAsync(lease, default);

        Assert.Equal("2", Text((await Get("a"))!));
    }

    [Fact]
    public void Replaying_a_watch_gives_what_a_range_gives()
    {
        Gen<(int Key, int? Value)[]> transaction =
            Gen.Select(Gen.Int[0, 5], Gen.Int[0, 9].Nullable()).Array[1, 4].Select(ops => ops.DistinctBy(o => o.Item1).ToArray());
        transaction.Array[1, 12].Sample(transactions =>
        {
            string prefix = $"{Prefix}{Guid.NewGuid():N}/";
            Replay(prefix, transactions).GetAwaiter().GetResult();
        }, iter: 30, threads: 1);
    }

    private async Task Replay(string prefix, (int Key, int? Value)[][] transactions)
    {
        long start = (await Store.RangeAsync(prefix, default)).Revision;
        SortedDictionary<string, string> expected = new(StringComparer.Ordinal);
        long last = start;
        foreach ((int Key, int? Value)[] operations in transactions)
        {
            var txn = new StoreTxn();
            foreach ((int key, int? value) in operations)
            {
                _ = value is { } v ? txn.Put(prefix + key, Bytes($"{v}")) : txn.Delete(prefix + key);
                if (value is { } set)
                {
                    expected[prefix + key] = $"{set}";
                }
                else
                {
                    expected.Remove(prefix + key);
                }
            }
            last = (await Store.TxnAsync(txn, default)).Revision;
        }
        Dictionary<string, string> replayed = [];
        if (last > start)
        {
            await foreach (WatchBatch batch in Store.WatchAsync(prefix, start + 1, default))
            {
                foreach (StoreChange change in batch.Changes)
                {
                    _ = change.Entry is { } entry ? replayed[change.Key] = Text(entry) : replayed.Remove(change.Key) ? "" : "";
                }
                if (batch.Revision >= last)
                {
                    break;
                }
            }
        }
        StoreRange range = await Store.RangeAsync(prefix, default);
        Assert.Equal(expected, range.Entries.Select(e => KeyValuePair.Create(e.Key, Text(e))));
        Assert.Equal(expected, replayed.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    private protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private protected static string Text(StoreEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    private protected ValueTask<StoreEntry?> Get(string key) => Store.GetAsync(Prefix + key, default);

    private protected ValueTask<StoreRange> Range(string prefix) => Store.RangeAsync(Prefix + prefix, default);

    private protected ValueTask<TxnResult> Put(string key, string value) => Txn(t => t.Put(Prefix + key, Bytes(value)));

    private protected ValueTask<TxnResult> Txn(Func<StoreTxn, StoreTxn> build) => Store.TxnAsync(build(new StoreTxn()), default);

    private protected async Task<string> Next(IAsyncEnumerator<WatchBatch> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return Describe(watch.Current);
    }

    private string Describe(WatchBatch batch)
    {
        Assert.All(batch.Changes, c => Assert.True(c.Entry is null || c.Entry.ModRevision == batch.Revision));
        return string.Join(' ', batch.Changes.Select(c => c.Key[Prefix.Length..] + (c.Entry is null ? " deleted" : "=" + Text(c.Entry))));
    }
}
