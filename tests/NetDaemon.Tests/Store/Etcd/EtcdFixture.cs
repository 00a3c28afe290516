using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Store.Etcd;

/// <summary>One server for all tests of a class.</summary>
public sealed class EtcdFixture : IAsyncLifetime
{
    public EtcdServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await EtcdServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
