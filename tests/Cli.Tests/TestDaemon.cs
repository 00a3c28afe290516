using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Api;

namespace Weft.Cli.Tests;

/// <summary>weftd's service over the real store, on a socket in a directory of its own, and weft to ask it.</summary>
internal sealed class TestDaemon : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly WebApplication _application;

    private TestDaemon(DirectoryInfo directory, EmbeddedStore store)
    {
        (_directory, Store, Blocks) = (directory, store, new BlockBook(store));
        Resources = new ResourceStore(store, Blocks);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new WeftdService(Resources, Status, Audit));
        _application = builder.Build();
        _application.MapGrpcService<WeftdService>();
    }

    public EmbeddedStore Store { get; }

    public BlockBook Blocks { get; }

    public ResourceStore Resources { get; }

    public FixedStatus Status { get; } = new();

    public FixedAudit Audit { get; } = new();

    public string Socket => PathOf("weftd.sock");

    public static async Task<TestDaemon> StartAsync()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("weft-");
        var daemon = new TestDaemon(directory, EmbeddedStore.Open(Path.Combine(directory.FullName, "state"), TimeProvider.System));
        await daemon._application.StartAsync();
        return daemon;
    }

    /// <summary>A path in the daemon's directory.</summary>
    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Writes a file into the daemon's directory.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Runs weft against this daemon, whose socket WEFT_SOCKET names.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    /// <summary>As <see cref="RunAsync"/>, with something on standard input.</summary>
    public Task<Outcome> RunWithInputAsync(string input, params string[] arguments) => Outcome.OfAsync(Socket, input, arguments);

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await Store.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
