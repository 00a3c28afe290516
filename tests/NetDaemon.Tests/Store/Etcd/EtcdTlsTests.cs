using System.Net;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Store.Etcd;

public sealed class EtcdTlsTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TestCertificates _ours = new("ours");
    private readonly TestCertificates _others = new("others");
    private EtcdServer _server = null!;

    public async Task InitializeAsync()
    {
        IPAddress address = EtcdServer.NewAddress();
        _ours.WriteAuthority(_directory.File("ca"));
        _others.WriteAuthority(_directory.File("other-ca"));
        _ours.Write("server", address, _directory.File("server"), _directory.File("server.key"));
        _ours.Write("weft", null, _directory.File("client"), _directory.File("client.key"));
        _others.Write("stranger", null, _directory.File("stranger"), _directory.File("stranger.key"));
        _server = await EtcdServer.StartAsync("https", address, "--cert-file", _directory.File("server"), "--key-file", _directory.File("server.key"),
            "--client-cert-auth", "--trusted-ca-file", _directory.File("ca"));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
    }

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task With_the_authority_and_a_certificate_everything_works()
    {
        await using EtcdStore store = Open("ca", "client", "client.key");
        long put = await store.PutAsync("/a", "1");

        Assert.Equal("1", await store.TextAsync("/a"));
        await using IAsyncEnumerator<WatchBatch> watch = store.WatchAsync("/", put, default).GetAsyncEnumerator();
        Assert.Equal($"{put} /a=1", await watch.NextAsync());
    }

    [Fact]
    public async Task The_key_may_be_in_the_certificates_file()
    {
        File.WriteAllText(_directory.File("both"), File.ReadAllText(_directory.File("client")) + "\n" + File.ReadAllText(_directory.File("client.key")));
        await using EtcdStore store = Open("ca", "both", null);

        await store.PutAsync("/a", "1");
    }

    [Fact]
    public async Task A_server_that_another_authority_signed_is_refused_clearly()
    {
        await using EtcdStore store = Open("other-ca", "client", "client.key");

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.PutAsync("/a", "1"));

        Assert.Contains(_server.Endpoint, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("certificate is invalid", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--etcd-ca", refusal.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_is_not_trusted_because_the_system_trusts_others()
    {
        await using EtcdStore store = Open(null, "client", "client.key");

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.PutAsync("/a", "1"));

        Assert.Contains("certificate is invalid", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_told_so()
    {
        await using EtcdStore store = Open("ca", null, null);

        var refusal = await Assert.ThrowsAnyAsync<StoreException>(async () => await store.GetAsync("/a", default));

        Assert.Contains("--etcd-cert", refusal.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_replaced_is_used_without_a_restart()
    {
        File.Copy(_directory.File("stranger"), _directory.File("mine"));
        File.Copy(_directory.File("stranger.key"), _directory.File("mine.key"));
        await using EtcdStore store = Open("ca", "mine", "mine.key");
        await Assert.ThrowsAnyAsync<StoreException>(async () => await store.GetAsync("/a", default));

        _ours.Write("renewed-weft", null, _directory.File("mine"), _directory.File("mine.key"));

        Assert.Null(await store.GetAsync("/a", default));
    }

    [Theory]
    [InlineData("absent", "client", "client.key", "absent (--etcd-ca) cannot be used")]
    [InlineData("client.key", "client", "client.key", "client.key (--etcd-ca) cannot be used: there is no certificate in it")]
    [InlineData("ca", "absent", "client.key", "absent (--etcd-cert) cannot be used")]
    [InlineData("ca", "client", "server.key", "server.key cannot be used with the certificate")]
    public async Task Files_that_cannot_be_used_are_named(string ca, string certificate, string key, string problem)
    {
        await using EtcdStore store = Open(ca, certificate, key);

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.GetAsync("/a", default));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    private EtcdStore Open(string? ca, string? certificate, string? key) => EtcdClient.Open(new EtcdOptions
    {
        Endpoints = [_server.ClientUrl],
        CaFile = ca is null ? null : _directory.File(ca),
        CertificateFile = certificate is null ? null : _directory.File(certificate),
        KeyFile = key is null ? null : _directory.File(key),
        Patience = TimeSpan.FromSeconds(1),
    });
}
