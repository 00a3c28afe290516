using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft node forget NAME</summary>
internal static class ForgetCommand
{
    private const string About = """
        Remove a node that will not come back, for good.

        Its record, number, sign of life, blocks, moved addresses, endpoints and imports go. Its blocks rest for 10 minutes and are other nodes' to use
        then: if containers still run there, their addresses may be given to others. A node that is alive is refused. One that comes back after all gets
        another number, keeps what runs, and names the addresses that are not its own any more in `weft status`.

        Examples:
          weft node forget node-3 --dry-run       what would be lost
          weft node forget node-3 --yes           do it
          weft node forget node-3.former-7 --yes  one whose name another machine has taken over
        """;

    public static Command Build(CliHost host, SocketOption socket)
    {
        Argument<string> name = NodeCommand.Name(socket);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be lost" };
        var yes = new Option<bool>("--yes") { Description = "Do it: no container of the node runs, or its address may be given to another" };
        var alive = new Option<bool>("--even-if-alive") { Description = "Also a node that is heard of" };
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("forget", About) { name, dryRun, yes, alive, output };
        command.Validators.Add(result =>
        {
            bool confirmed = result.GetResult(yes) is { Implicit: false };
            if (confirmed == result.GetResult(dryRun) is { Implicit: false })
            {
                result.AddError("give either --yes, since addresses of containers that still run there may be given to others, or --dry-run to see what would be lost");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new ForgetNodeRequest
            {
                Name = parsed.GetRequiredValue(name),
                DryRun = parsed.GetValue(dryRun),
                EvenIfAlive = parsed.GetValue(alive),
            };
            using DaemonConnection connection = socket.Connect(parsed);
            ForgetNodeReply reply = await connection.CallAsync((client, options) => client.ForgetNodeAsync(request, options), cancellationToken);
            if (parsed.GetValue(output) is { } format)
            {
                Documents.Write(host.Output, format, NodeDocuments.OfForget(request.Name, request.DryRun, reply));
            }
            else
            {
                Print(host.Output, request, reply);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TextWriter writer, ForgetNodeRequest request, ForgetNodeReply reply)
    {
        writer.WriteLine(Printable.Line(
            $"node/{request.Name} {(request.DryRun ? "would be forgotten" : "forgotten")}: number {reply.Number}, {reply.Blocks.Count} block(s) with {reply.Addresses} address(es) in use as last published, "
            + $"{reply.Moved.Count} moved address(es), {reply.Endpoints.Count} endpoint(s), {reply.Imports.Count} import(s){(request.DryRun ? " (dry run)" : "")}"));
        foreach ((string what, IEnumerable<string> which) in ((string, IEnumerable<string>)[])[("blocks", reply.Blocks), ("moved addresses", reply.Moved), ("imports", reply.Imports)])
        {
            if (which.Any())
            {
                writer.WriteLine(Printable.Line($"{what}: {string.Join(" ", which)}"));
            }
        }
        if (reply.Endpoints.Count > 0)
        {
            writer.WriteLine();
            NodeDocuments.EndpointTable(reply.Endpoints).WriteTo(writer);
        }
        if (reply.Readiness == NodeReadiness.Ready)
        {
            writer.WriteLine(request.DryRun
                ? "The node is alive: stop its weftd first, or say --even-if-alive."
                : "The node was alive: its weftd ends, and joins anew when it is started again.");
        }
    }
}
