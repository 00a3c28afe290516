using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;

namespace Weft.NetDaemon.Tests.Store.Etcd;

/// <summary>What tests do with a store on etcd.</summary>
internal static class EtcdClient
{
    /// <summary>Long for anything that a test waits for: a hang guard, not an expectation.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static EtcdStore Open(params Uri[] endpoints) => Open(new EtcdOptions { Endpoints = endpoints });

    public static EtcdStore Open(EtcdOptions options, ILogger? logger = null) => new(options, TimeProvider.System, logger ?? NullLogger.Instance);

    public static async Task<long> PutAsync(this IStore store, string key, string value) =>
        (await store.TxnAsync(new StoreTxn().Put(key, Encoding.UTF8.GetBytes(value)), default)).Revision;

    public static async Task<long> DeleteAsync(this IStore store, string key) => (await store.TxnAsync(new StoreTxn().Delete(key), default)).Revision;

    public static async Task<string?> TextAsync(this IStore store, string key) =>
        await store.GetAsync(key, default) is { } entry ? Text(entry) : null;

    public static string Text(StoreEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    /// <summary>The next batch of a watch, as "revision key=value key deleted".</summary>
    public static async Task<string> NextAsync(this IAsyncEnumerator<WatchBatch> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(Limit));
        return $"{watch.Current.Revision} {Describe(watch.Current.Changes)}";
    }

    public static string Describe(IEnumerable<StoreChange> changes) =>
        string.Join(' ', changes.Select(c => c.Entry is null ? $"{c.Key} deleted" : $"{c.Key}={Text(c.Entry)}"));

    /// <summary>Lets time go by on etcd's clock: what is put under a lease of so many seconds is deleted.</summary>
    public static async Task PassAsync(this IStore store, int seconds)
    {
        string key = $"/clock/{Guid.NewGuid():N}";
        long lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(seconds), default);
        TxnResult put = await store.TxnAsync(new StoreTxn().Put(key, new byte[1], lease), default);
        await foreach (WatchBatch _ in store.WatchAsync(key, put.Revision + 1, default))
        {
            return;
        }
    }
}
