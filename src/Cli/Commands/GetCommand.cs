using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft get KIND [NAME] [-n NAMESPACE]</summary>
internal static class GetCommand
{
    public static Command Build(CliHost host, SocketOption socket)
    {
        var kind = new Argument<string?>("KIND") { HelpName = "KIND", Description = $"{string.Join(", ", KindNames.Plurals)} (also node, net, po, resv, bl, ep, netpol, cnp, hp, netset, ns)" };
        kind.Validators.Add(KindNames.Validate);
        kind.CompletionSources.Add(_ => KindNames.Plurals);
        var name = new Argument<string?>("NAME")
        {
            Description = "Only those with this name; an endpoint's or networkpolicy's is NAMESPACE/NAME or NAME, a block's is its range",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> home = NamespaceOption.Build(socket, "Only those of this namespace (left out: of all)");
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Those of all namespaces, which is so without -n as well" };
        name.CompletionSources.Add(context => NameCompletion.Suggest(context, kind, home, socket));
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml, OutputOption.Wide);
        var command = new Command("get", "List objects of one kind") { kind, name, home, all, output };
        command.Validators.Add(result =>
        {
            if (KindNames.Find(result.GetValue(kind) ?? "") == KindNames.Drops && (result.GetValue(name) is not null || result.GetResult(home) is { Tokens.Count: > 0 }))
            {
                result.AddError("drops have no name or namespace: `weft get drops` shows all of this node");
            }
            if (result.GetResult(home) is { Tokens.Count: > 0 } && result.GetValue(all))
            {
                result.AddError("give either -n NAMESPACE or -A, not both");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = KindNames.Find(parsed.GetValue(kind) ?? "") ?? "";
            using DaemonConnection connection = socket.Connect(parsed);
            if (wanted == KindNames.Drops)
            {
                ListDropsReply drops = await connection.CallAsync((client, options) => client.ListDropsAsync(new ListDropsRequest(), options), cancellationToken);
                Print(host, parsed.GetValue(output), drops);
                return ExitCode.Ok;
            }
            string? wantedName = parsed.GetValue(name);
            var request = new ListRequest { Kind = wanted, Name = wantedName ?? "", Namespace = parsed.GetValue(home) ?? "" };
            ListReply reply = await connection.CallAsync((client, options) => client.ListAsync(request, options), cancellationToken);
            Print(host, request, single: wantedName is not null && reply.Items.Count == 1, parsed.GetValue(output), reply);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(CliHost host, string? format, ListDropsReply drops)
    {
        if (format is OutputOption.Json or OutputOption.Yaml)
        {
            Documents.Write(host.Output, format, DropsOutput.Of(drops));
        }
        else if (drops.Counters.Count == 0)
        {
            host.Error.WriteLine("no drops");
        }
        else
        {
            DropsOutput.Write(host.Output, drops);
        }
    }

    private static void Print(CliHost host, ListRequest request, bool single, string? format, ListReply reply)
    {
        if (format is OutputOption.Json or OutputOption.Yaml)
        {
            Documents.Write(host.Output, format, single ? ResourceDocument.Of(reply.Items[0]) : ResourceDocument.ListOf(reply.Items));
        }
        else if (reply.Items.Count == 0)
        {
            host.Error.WriteLine(Printable.Line($"no {KindNames.PluralOf(request.Kind)}{(request.Namespace.Length > 0 ? $" in namespace {request.Namespace}" : "")}"));
        }
        else
        {
            ResourceTable.Build(request.Kind, reply.Items, wide: format == OutputOption.Wide).WriteTo(host.Output);
        }
    }
}
