using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft diff -f FILE</summary>
internal static class DiffCommand
{
    private const string Nothing = "/dev/null";     // what diff(1) and patch(1) call a file that does not exist

    public static Command Build(CliHost host, SocketOption socket)
    {
        Option<string[]> files = ManifestFiles.Option(required: true);
        var command = new Command("diff", "Show what `weft apply` would change (exit code 0: nothing, 1: something, 2: it would be refused)") { files };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new ApplyRequest { DryRun = true };
            request.Manifests.AddRange(ManifestFiles.Read(parsed.GetValue(files) ?? [], host.Input));
            using DaemonConnection connection = socket.Connect(parsed);
            ApplyReply reply = await AskAsync(connection, request, cancellationToken);
            Applied[] changed = [.. reply.Results.Where(result => result.Outcome != ApplyOutcome.Unchanged)];
            foreach (Applied result in changed)
            {
                Print(host.Output, result);
            }
            return changed.Length == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>A refusal has another exit code here than with other commands, where 1 cannot mean that there is a difference.</summary>
    private static async Task<ApplyReply> AskAsync(DaemonConnection connection, ApplyRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.CallAsync((client, options) => client.ApplyAsync(request, options), cancellationToken);
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Failed)
        {
            throw new CliException(ExitCode.WrongUsage, e.Message);
        }
    }

    private static void Print(TextWriter writer, Applied result)
    {
        string name = $"{result.Kind.ToLowerInvariant()}/{result.Name}";
        writer.WriteLine(Printable.Line($"--- {(result.Before is null ? Nothing : $"{name} (stored)")}"));
        writer.WriteLine(Printable.Line($"+++ {name} ({(result.Before is null ? "new" : "changed")})"));
        foreach (string line in UnifiedDiff.Hunks(Lines(result.Before), Lines(result.After)))
        {
            writer.WriteLine(Printable.Line(line));
        }
    }

    /// <summary>What people may write of it; the rest follows from that.</summary>
    private static string[] Lines(Resource? resource)
    {
        if (resource is null)
        {
            return [];
        }
        var written = new DocObject();
        foreach ((string field, DocValue value) in ResourceDocument.Of(resource))
        {
            if (field != "status")
            {
                written.Add(field, value);
            }
        }
        return YamlOutput.Write(written).TrimEnd('\n').Split('\n');
    }
}
