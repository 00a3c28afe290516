using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Store.Etcd;

public sealed class EtcdAuthenticationTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private EtcdServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await EtcdServer.StartAsync(options: ["--auth-token-ttl", "2"]);
        _server.Control("user", "add", "root:r00t");
        _server.Control("user", "grant-role", "root", "root");
        _server.Control("role", "add", "weft");
        _server.Control("role", "grant-permission", "weft", "--prefix=true", "readwrite", "/weft/");
        _server.Control("user", "add", "weft:s3cret");
        _server.Control("user", "grant-role", "weft", "weft");
        _server.Control("auth", "enable");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_user_with_a_password_reads_writes_and_watches()
    {
        await using EtcdStore store = Open("weft", "s3cret");
        long put = await store.PutAsync("/weft/a", "1");

        Assert.Equal("1", await store.TextAsync("/weft/a"));
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/weft/", put, default).GetAsyncEnumerator();
        Assert.Equal($"{put} /weft/a=1", await watch.NextAsync());
    }

    [Fact]
    public async Task A_token_that_has_expired_is_replaced()
    {
        await using EtcdStore store = Open("weft", "s3cret");
        await using EtcdStore clock = Open("root", "r00t");
        long put = await store.PutAsync("/weft/a", "1");
        await clock.PassAsync(seconds: 5);

        await store.PutAsync("/weft/a", "2");      // a write: it was refused before anything was done
        await clock.PassAsync(seconds: 5);

        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/weft/", put, default).GetAsyncEnumerator();
        Assert.EndsWith("/weft/a=1", await watch.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_a_restart_forgot_is_replaced_also_by_a_watch()
    {
        await using EtcdStore store = Open("weft", "s3cret");
        long put = await store.PutAsync("/weft/a", "1");
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/weft/", put, default).GetAsyncEnumerator();
        await watch.NextAsync();
        ValueTask<bool> waiting = watch.MoveNextAsync();
        await _server.KillAsync();
        await _server.StartAgainAsync();

        await using EtcdStore other = Open("weft", "s3cret");
        await other.PutAsync("/weft/a", "2");

        Assert.True(await waiting.AsTask().WaitAsync(EtcdClient.Limit));
        Assert.Equal("/weft/a=2", EtcdClient.Describe(watch.Current.Changes));
    }

    [Fact]
    public async Task A_wrong_password_is_named()
    {
        await using EtcdStore store = Open("weft", "wrong");

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.GetAsync("/weft/a", default));

        Assert.Contains("authentication failed", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--etcd-user", refusal.NextStep, StringComparison.Ordinal);
        Assert.NotNull(store.Trouble);
    }

    [Fact]
    public async Task Without_a_user_it_is_said_that_one_is_needed()
    {
        await using EtcdStore store = EtcdClient.Open(_server.ClientUrl);

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.GetAsync("/weft/a", default));

        Assert.Contains("--etcd-user", refusal.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prefix_that_the_user_may_not_see_is_refused_by_reads_and_watches()
    {
        await using EtcdStore store = Open("weft", "s3cret");

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.GetAsync("/other/a", default));
        var watch = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            await foreach (WatchBatch _ in store.WatchAsync("/other/", 1, default))
            {
            }
        });

        Assert.Contains("permission denied", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("grant-permission", refusal.NextStep, StringComparison.Ordinal);
        Assert.Contains("permission denied", watch.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_file_that_is_not_there_is_named()
    {
        await using EtcdStore store = EtcdClient.Open(new EtcdOptions
        {
            Endpoints = [_server.ClientUrl],
            User = "weft",
            PasswordFile = _directory.File("absent"),
        });

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.GetAsync("/weft/a", default));

        Assert.Contains(_directory.File("absent"), refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--etcd-password-file", refusal.NextStep, StringComparison.Ordinal);
    }

    private EtcdStore Open(string user, string password)
    {
        string file = _directory.File($"password-{user}-{Guid.NewGuid():N}");
        File.WriteAllText(file, password + "\n");
        return EtcdClient.Open(new EtcdOptions { Endpoints = [_server.ClientUrl], User = user, PasswordFile = file, Patience = TimeSpan.FromSeconds(2) });
    }
}
