using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Contracts;

namespace Weft.Cli.Commands;

/// <summary>--socket of every command, and the connection to what it names.</summary>
internal sealed class SocketOption
{
    private const string Variable = "WEFT_SOCKET";

    private static readonly string Default = Path.Combine(WeftPaths.RunDirectory, WeftPaths.DaemonSocketName);

    private readonly CliHost _host;

    public SocketOption(CliHost host)
    {
        _host = host;
        Option = new Option<string>("--socket")
        {
            Description = $"weftd's socket (default: ${Variable}, else {Default})",
            HelpName = "PATH",
            Recursive = true,
        };
    }

    public Option<string> Option { get; }

    /// <exception cref="CliException">The path cannot be a socket's.</exception>
    public DaemonConnection Connect(ParseResult parsed) => new(PathOf(parsed));

    private string PathOf(ParseResult parsed) =>
        parsed.GetValue(Option) ?? (_host.Environment(Variable) is { Length: > 0 } variable ? variable : Default);
}
