using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft apply -f FILE</summary>
internal static class ApplyCommand
{
    public static Command Build(CliHost host, SocketOption socket)
    {
        Option<string[]> files = ManifestFiles.Option(required: true);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done" };
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("apply", "Create or change the objects of manifests: all of them or none") { files, dryRun, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new ApplyRequest { DryRun = parsed.GetValue(dryRun) };
            request.Manifests.AddRange(ManifestFiles.Read(parsed.GetValue(files) ?? [], host.Input));
            using DaemonConnection connection = socket.Connect(parsed);
            ApplyReply reply = await connection.CallAsync((client, options) => client.ApplyAsync(request, options), cancellationToken);
            Print(host.Output, parsed.GetValue(output), request.DryRun, reply);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TextWriter writer, string? format, bool dryRun, ApplyReply reply)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, ChangeDocument.Of(dryRun, reply.Results.Select(result => (result.Kind, result.Name, OutcomeOf(result)))));
            return;
        }
        foreach (Applied result in reply.Results)
        {
            writer.WriteLine(Printable.Line($"{result.Kind.ToLowerInvariant()}/{result.Name} {OutcomeOf(result)}{(dryRun ? " (dry run)" : "")}"));
        }
    }

    private static string OutcomeOf(Applied result) => result.Outcome switch
    {
        ApplyOutcome.Created => "created",
        ApplyOutcome.Configured => "configured",
        ApplyOutcome.Unchanged => "unchanged",
        _ => "unknown",
    };
}
