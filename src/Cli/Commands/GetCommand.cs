using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft get KIND [NAME]</summary>
internal static class GetCommand
{
    public static Command Build(CliHost host, SocketOption socket)
    {
        var kind = new Argument<string?>("KIND") { HelpName = "KIND", Description = $"{string.Join(", ", KindNames.Plurals)} (also node, net, po, resv, bl, ep)" };
        kind.Validators.Add(KindNames.Validate);
        kind.CompletionSources.Add(_ => KindNames.Plurals);
        var name = new Argument<string?>("NAME")
        {
            Description = "Only those with this name; an endpoint's is NAMESPACE/NAME or NAME, a block's is its range",
            Arity = ArgumentArity.ZeroOrOne,
        };
        name.CompletionSources.Add(context => NameCompletion.Suggest(context, kind, socket));
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml, OutputOption.Wide);
        var command = new Command("get", "List nodes, networks, pools, reservations, blocks or endpoints") { kind, name, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = KindNames.Find(parsed.GetValue(kind) ?? "") ?? "";
            using DaemonConnection connection = socket.Connect(parsed);
            string? wantedName = parsed.GetValue(name);
            var request = new ListRequest { Kind = wanted, Name = wantedName ?? "" };
            ListReply reply = await connection.CallAsync((client, options) => client.ListAsync(request, options), cancellationToken);
            Print(host, wanted, single: wantedName is not null && reply.Items.Count == 1, parsed.GetValue(output), reply);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(CliHost host, string kind, bool single, string? format, ListReply reply)
    {
        if (format is OutputOption.Json or OutputOption.Yaml)
        {
            Documents.Write(host.Output, format, single ? ResourceDocument.Of(reply.Items[0]) : ResourceDocument.ListOf(reply.Items));
        }
        else if (reply.Items.Count == 0)
        {
            host.Error.WriteLine($"no {kind.ToLowerInvariant()}s");
        }
        else
        {
            ResourceTable.Build(kind, reply.Items, wide: format == OutputOption.Wide).WriteTo(host.Output);
        }
    }
}
