using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon;

/// <summary>Runs weftd from start to signal: the daemon's parts, then the sockets, then readiness.</summary>
internal static class DaemonHost
{
    /// <summary>weftd could not start: the reason has been printed.</summary>
    private const int CannotStart = 1;

    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(DaemonOptions options)
    {
        try
        {
            PrepareDirectories(options);
            UnixSocketFile.PrepareForBind(options.CniSocket);
            UnixSocketFile.PrepareForBind(options.DaemonSocket);
            using ILoggerFactory loggers = LoggerFactory.Create(logging => Configure(logging, options.LogLevel));
            await using Daemon daemon = await Daemon.StartAsync(options, loggers, TimeProvider.System, CancellationToken.None);
            await using WebApplication server = BuildServer(options, daemon);
            daemon.Serve();
            await server.StartAsync();      // says READY=1 to systemd
            UnixSocketFile.RestrictToOwner(options.DaemonSocket);
            bool lost = await Task.WhenAny(server.WaitForShutdownAsync(), daemon.Lost) == daemon.Lost;
            await daemon.StopAsync();
            // Nearly everything here goes by the node's number. What runs keeps running; the next start has another number.
            return lost ? Fail($"this node's number is not its own any more: {await daemon.Lost}. Started again, weftd joins anew; containers keep running meanwhile", "ends") : 0;
        }
        catch (StoreException e)
        {
            return Fail($"{e.Message}; {e.NextStep}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Dataplane.KernelException or ResourceException)
        {
            return Fail(e.Message);
        }
    }

    private static int Fail(string why, string what = "cannot start")
    {
        Console.Error.WriteLine($"weftd: {what}: {why}");
        return CannotStart;
    }

    /// <exception cref="IOException">A directory cannot be made or written.</exception>
    private static void PrepareDirectories(DaemonOptions options)
    {
        foreach ((string directory, string option) in ((string, string)[])[(options.StateDirectory, "--state-dir"), (options.RunDirectory, "--run-dir")])
        {
            if (File.Exists(directory))
            {
                throw new IOException($"{directory} ({option}) is a file, and must be a directory; move it away, or choose another directory");
            }
            try
            {
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"the directory {directory} ({option}) cannot be made: {e.Message}; run as root, or choose another", e);
            }
        }
    }

    private static WebApplication BuildServer(DaemonOptions options, Daemon daemon)
    {
        // The builder watches its content root, and all below it, for appsettings.json. By default that is the working directory: "/" under systemd.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = options.RunDirectory,
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        Configure(builder.Logging, options.LogLevel);
        builder.Host.UseSystemd();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new WeftdService(daemon.Resources, daemon.Status, daemon.Audit, daemon.Drops));
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(options.DaemonSocket, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication server = builder.Build();
        server.MapGrpcService<WeftdService>();
        return server;
    }

    /// <summary>One line an entry on standard error, where systemd and people look for it.</summary>
    private static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
