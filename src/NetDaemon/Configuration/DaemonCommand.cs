namespace Weft.NetDaemon.Configuration;

/// <summary>weftd's command line, understood.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Options">Null only for <see cref="DaemonVerb.Exit"/>.</param>
/// <param name="ExitCode">For <see cref="DaemonVerb.Exit"/>: 0, or 2 when the usage or config file was wrong.</param>
internal sealed record DaemonCommand(DaemonVerb Verb, DaemonOptions? Options, int ExitCode)
{
    public static DaemonCommand Exit(int exitCode) => new(DaemonVerb.Exit, null, exitCode);
}
