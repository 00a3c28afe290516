using Microsoft.Extensions.Logging.Abstractions;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Snapshot;
using Weft.NetDaemon.Tests.Store.Etcd;

namespace Weft.NetDaemon.Tests.Store.Snapshot;

/// <summary>On keys that are copied: the copy must not show while etcd answers.</summary>
public sealed class SnapshotStoreConformance(EtcdFixture etcd) : StoreConformance(StoreKeys.Networks), IClassFixture<EtcdFixture>, IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private protected override async Task<IStore> OpenAsync() => await SnapshotStore.OpenAsync(
        EtcdClient.Open(etcd.Server.ClientUrl), _directory, TimeProvider.System, NullLogger.Instance, default);

    /// <inheritdoc/>
    /// <remarks>As for etcd alone: a second less, for etcd looks after its leases twice a second and rounds up.</remarks>
    protected override Task PassAsync(TimeSpan time) => Store.PassAsync((int)time.TotalSeconds - 1);
}
