using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Store;

public sealed class EmbeddedStoreConformance : StoreConformance
{
    private readonly FakeTimeProvider _time = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-test-").FullName;

    private protected override Task<IStore> OpenAsync() => Task.FromResult<IStore>(EmbeddedStore.Open(_directory, _time));

    protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
