using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli;

/// <summary>The whole of `weft`: parses, runs one command, and turns what goes wrong into words and an exit code.</summary>
internal static class WeftCommand
{
    private const string About = """
        Shows and changes what Weft, the container network, does on this node.

        Exit codes: 0 done; 1 refused, not found or failed; 2 wrong usage; 3 weftd does not answer; 4 begun, and not yet over.
        """;

    private const string MissingCommand = "Required command was not provided.";     // System.CommandLine's words

    // "@file" is no way to name a file of arguments here: it would make the name "@x" mean something else.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliHost host, CancellationToken cancellationToken)
    {
        ParseResult parsed = Build(host).Parse(arguments, Parsing);
        if (parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed, host);
        }
        try
        {
            var invocation = new InvocationConfiguration { Output = host.Output, Error = host.Error, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (CliException e)
        {
            foreach (string line in e.Message.Split('\n'))
            {
                await host.Error.WriteLineAsync(Printable.Line(line));
            }
            return e.ExitCode;
        }
        catch (IOException e)
        {
            await host.Error.WriteLineAsync(Printable.Line($"weft: the answer could not be written: {e.Message}"));
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            await host.Error.WriteLineAsync("weft: interrupted; whether the daemon did it is not known");
            return ExitCode.Failed;
        }
    }

    private static RootCommand Build(CliHost host)
    {
        var socket = new SocketOption(host);
        var root = new RootCommand(About);
        root.Options.Add(socket.Option);
        root.Subcommands.Add(StatusCommand.Build(host, socket));
        root.Subcommands.Add(GetCommand.Build(host, socket));
        root.Subcommands.Add(ApplyCommand.Build(host, socket));
        root.Subcommands.Add(DiffCommand.Build(host, socket));
        root.Subcommands.Add(DeleteCommand.Build(host, socket));
        root.Subcommands.Add(NodeCommand.Build(host, socket));
        root.Subcommands.Add(IpamCommand.Build(host, socket));
        root.Subcommands.Add(PolicyCommand.Build(host, socket));
        root.Subcommands.Add(ImportCommand.Build(host, socket));
        root.Subcommands.Add(CompletionCommand.Build(host));
        root.Subcommands.Add(VersionCommand.Build(host, socket));
        foreach (VersionOption version in root.Options.OfType<VersionOption>())
        {
            version.Action = new VersionAction();
        }
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Remove("/?");   // a path here, and noise among the completions
            help.Aliases.Remove("/h");
        }
        return root;
    }

    private static int ReportUsage(ParseResult parsed, CliHost host)
    {
        string[] problems = [.. parsed.Errors.Select(static problem => problem.Message).Distinct()];
        // A word that is no command is told as such, and as "no command" too: the first says it all.
        foreach (string problem in problems.Where(problem => problems.Length == 1 || parsed.UnmatchedTokens.Count == 0 || problem != MissingCommand))
        {
            // Alternatives come on lines of their own.
            host.Error.WriteLine(Printable.Line($"weft: {problem.Replace("\n\t", " ", StringComparison.Ordinal)}"));
        }
        string path = "weft";
        foreach (Command command in PathTo(parsed.CommandResult))
        {
            path += " " + command.Name;
        }
        host.Error.WriteLine($"weft: see `{path} --help`");
        return ExitCode.WrongUsage;
    }

    /// <summary>The commands below the root, outermost first.</summary>
    private static IEnumerable<Command> PathTo(CommandResult result) =>
        result.Command is RootCommand ? [] : [.. result.Parent is CommandResult parent ? PathTo(parent) : [], result.Command];
}
