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
    protected override Task PassAsync(TimeSpan time) => Store.PassAsync((int)time.TotalSeconds - 1);
}
