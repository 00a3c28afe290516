using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft delete KIND NAME [-n NAMESPACE], weft delete -f FILE</summary>
internal static class DeleteCommand
{
    public static Command Build(CliHost host, SocketOption socket)
    {
        var kind = new Argument<string?>("KIND") { HelpName = "KIND", Description = string.Join(", ", KindNames.WritableSingulars), Arity = ArgumentArity.ZeroOrOne };
        kind.Validators.Add(KindNames.Validate);
        kind.CompletionSources.Add(_ => KindNames.WritableSingulars);
        var name = new Argument<string?>("NAME") { Description = "Its name; a networkpolicy's may be NAMESPACE/NAME", Arity = ArgumentArity.ZeroOrOne };
        Option<string> home = NamespaceOption.Build(socket, "The namespace of NAME, for kinds that live in namespaces (left out: default)");
        name.CompletionSources.Add(context => NameCompletion.Suggest(context, kind, home, socket));
        Option<string[]> files = ManifestFiles.Option(required: false);
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("delete", "Delete an object, or those that manifests name: all of them or none") { kind, name, home, files, output };
        command.Validators.Add(result =>
        {
            bool named = result.GetResult(kind) is { Tokens.Count: > 0 };
            bool complete = result.GetResult(name) is { Tokens.Count: > 0 };
            bool fromFiles = result.GetResult(files) is { Tokens.Count: > 0 };
            if (fromFiles ? named : !complete)
            {
                result.AddError(fromFiles ? "give either KIND and NAME or -f FILE, not both" : "give KIND and NAME, or -f FILE");
            }
            if (fromFiles && result.GetResult(home) is { Tokens.Count: > 0 })
            {
                result.AddError("-n goes with KIND and NAME; the objects of files name their namespaces themselves");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new DeleteRequest();
            if (parsed.GetValue(files) is { Length: > 0 } named)
            {
                request.Manifests.AddRange(ManifestFiles.Read(named, host.Input));
            }
            else
            {
                request.Kind = KindNames.Find(parsed.GetValue(kind) ?? "") ?? "";
                request.Name = parsed.GetValue(name) ?? "";
                request.Namespace = parsed.GetValue(home) ?? "";
            }
            using DaemonConnection connection = socket.Connect(parsed);
            DeleteReply reply = await connection.CallAsync((client, options) => client.DeleteAsync(request, options), cancellationToken);
            Print(host.Output, parsed.GetValue(output), reply);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TextWriter writer, string? format, DeleteReply reply)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, ChangeDocument.Of(false, reply.Results.Select(result => (result.Kind, result.Name, "deleted"))));
            return;
        }
        foreach (Deleted result in reply.Results)
        {
            writer.WriteLine(Printable.Line($"{result.Kind.ToLowerInvariant()}/{result.Name} deleted"));
        }
    }
}
