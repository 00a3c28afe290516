using Microsoft.Extensions.Logging.Abstractions;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;

namespace Weft.NetDaemon.Tests.Store.Etcd;

public sealed class EtcdStoreConformance(EtcdFixture etcd) : StoreConformance, IClassFixture<EtcdFixture>
{
    private protected override Task<IStore> OpenAsync() => Task.FromResult<IStore>(
        new EtcdStore(new EtcdOptions { Endpoints = [etcd.Server.ClientUrl] }, TimeProvider.System, NullLogger.Instance));

    /// <inheritdoc/>
    /// <remarks>
    /// etcd's clock is its own: a key is put under a lease of about that time, and the time has passed when etcd deletes it. A second less, for etcd
    /// looks after its leases twice a second and rounds up.
    /// </remarks>
    protected override async Task PassAsync(TimeSpan time)
    {
        string key = $"/clock/{Guid.NewGuid():N}";
        long lease = await Store.GrantLeaseAsync(time - TimeSpan.FromSeconds(1), default);
        TxnResult put = await Store.TxnAsync(new StoreTxn().Put(key, new byte[1], lease), default);
        await foreach (WatchBatch _ in Store.WatchAsync(key, put.Revision + 1, default))
        {
            return;
        }
    }
}
