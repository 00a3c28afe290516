using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>A store whose data can be lost, or replaced by a backup of them, as it is done to its files: revisions go back then.</summary>
internal abstract class LosableStore : IStore
{
    public string Kind => Inner.Kind;

    protected IStore Inner { get; set; } = null!;

    public abstract Task BackUpAsync();

    /// <summary>It starts from nothing.</summary>
    public abstract Task LoseAsync();

    /// <summary>It starts from its last backup; without one, nothing happens.</summary>
    /// <returns>Whether there was one.</returns>
    public abstract Task<bool> RestoreAsync();

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => Inner.GetAsync(key, cancellationToken);

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => Inner.RangeAsync(prefix, cancellationToken);

    public ValueTask<TxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) => Inner.TxnAsync(txn, cancellationToken);

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => Inner.WatchAsync(prefix, fromRevision, cancellationToken);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => Inner.GrantLeaseAsync(timeToLive, cancellationToken);

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken) => Inner.KeepAliveAsync(lease, cancellationToken);

    public ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken) => Inner.RevokeLeaseAsync(lease, cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => Inner.CompactAsync(revision, cancellationToken);

    public abstract ValueTask DisposeAsync();

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    /// <summary>The embedded store.</summary>
    public sealed class Embedded : LosableStore
    {
        private readonly TempDirectory _directory = new();
        private long _leases;

        public Embedded() => Open();

        private string Data => _directory.File("data");

        private string Backup => _directory.File("backup");

        public override async Task BackUpAsync()
        {
            await Inner.DisposeAsync();
            Copy(Data, Backup);
            Open();
        }

        public override async Task LoseAsync()
        {
            await CloseAsync();
            await OpenAnewAsync();
        }

        public override async Task<bool> RestoreAsync()
        {
            if (!Directory.Exists(Backup))
            {
                return false;
            }
            await CloseAsync();
            Copy(Backup, Data);
            await OpenAnewAsync();
            return true;
        }

        public override async ValueTask DisposeAsync()
        {
            await Inner.DisposeAsync();
            _directory.Dispose();
        }

        private async Task CloseAsync()
        {
            _leases = await Inner.GrantLeaseAsync(TimeSpan.FromHours(1), default);
            await Inner.DisposeAsync();
            Directory.Delete(Data, recursive: true);
        }

        private async Task OpenAnewAsync()
        {
            Open();
            // Numbers of leases are drawn at random in etcd, and here they count: none may mean another one than before.
            while (await Inner.GrantLeaseAsync(TimeSpan.FromHours(1), default) <= _leases)
            {
            }
        }

        private void Open()
        {
            Directory.CreateDirectory(Data);
            Inner = EmbeddedStore.Open(Data, new FakeTimeProvider());
        }
    }

    /// <summary>etcd.</summary>
    public sealed class Etcd : LosableStore
    {
        private readonly EtcdServer _server;

        public Etcd(EtcdServer server)
        {
            _server = server;
            Open();
        }

        public override async Task BackUpAsync()
        {
            await _server.KillAsync();
            Copy(_server.File("data"), _server.File("backup"));
            await _server.StartAgainAsync();
        }

        public override async Task LoseAsync()
        {
            await _server.KillAsync();
            _server.LoseData();
            await OpenAnewAsync();
        }

        public override async Task<bool> RestoreAsync()
        {
            if (!Directory.Exists(_server.File("backup")))
            {
                return false;
            }
            await _server.KillAsync();
            _server.LoseData();
            Copy(_server.File("backup"), _server.File("data"));
            await OpenAnewAsync();
            return true;
        }

        public override async ValueTask DisposeAsync()
        {
            await Inner.DisposeAsync();
            if (Directory.Exists(_server.File("backup")))
            {
                Directory.Delete(_server.File("backup"), recursive: true);
            }
        }

        private async Task OpenAnewAsync()
        {
            await _server.StartAgainAsync();
            await Inner.DisposeAsync();
            Open();
        }

        private void Open() => Inner = new EtcdStore(new EtcdOptions { Endpoints = [_server.ClientUrl] }, TimeProvider.System, NullLogger.Instance);
    }
}
