using System.CommandLine;
using System.Globalization;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft node drain NAME</summary>
internal static class DrainCommand
{
    private const string About = """
        Get a node's addresses back as its containers end.

        The node gives no new container an address, and gives back each block of addresses once nothing uses it any more (addresses rest for addressCoolDown
        first). It stops no container: what is still there is listed, and yours to stop or move. `weft node uncordon NAME` takes it back.

        Exit codes: 0 the node has nothing left; 4 it has, and goes on giving back by itself.

        Examples:
          weft node drain node-3                          begin, and list what is still there
          weft node drain node-3 --wait --timeout 10m     wait until it is empty
        """;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static Command Build(CliHost host, SocketOption socket)
    {
        Argument<string> name = NodeCommand.Name(socket);
        var wait = new Option<bool>("--wait") { Description = "Wait until nothing is left" };
        var timeout = new Option<TimeSpan?>("--timeout")
        {
            HelpName = "TIME",
            Description = "With --wait: how long at most, such as 30s, 10m or 2h (default: for ever)",
            CustomParser = result =>
            {
                if (TryParse(result.Tokens[0].Value, out TimeSpan time))
                {
                    return time;
                }
                result.AddError($"\"{result.Tokens[0].Value}\" is not a time; write it with its unit, such as 30s, 10m or 2h");
                return null;
            },
        };
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("drain", About) { name, wait, timeout, output };
        command.Validators.Add(result =>
        {
            if (result.GetResult(timeout) is { Tokens.Count: > 0 } && result.GetResult(wait) is null or { Implicit: true })
            {
                result.AddError("--timeout says how long --wait waits; give both");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new DrainNodeRequest { Name = parsed.GetRequiredValue(name) };
            using DaemonConnection connection = socket.Connect(parsed);
            DateTime? until = parsed.GetValue(timeout) is { } limit ? DateTime.UtcNow + limit : null;
            DrainNodeReply reply = await AskAsync();
            bool changed = reply.Changed;
            while (parsed.GetValue(wait) && !IsEmpty(reply) && !(DateTime.UtcNow >= until))
            {
                await Task.Delay(Look, cancellationToken);
                reply = await AskAsync();
            }
            reply.Changed = changed;
            if (parsed.GetValue(output) is { } format)
            {
                Documents.Write(host.Output, format, NodeDocuments.OfDrain(request.Name, reply));
            }
            else
            {
                Print(host.Output, request.Name, reply);
            }
            return IsEmpty(reply) ? ExitCode.Ok : ExitCode.NotYet;

            Task<DrainNodeReply> AskAsync() => connection.CallAsync((client, options) => client.DrainNodeAsync(request, options), cancellationToken);
        });
        return command;
    }

    /// <summary>Nothing of it is left.</summary>
    public static bool IsEmpty(DrainNodeReply reply) => reply is { Blocks: 0, Moved: 0, Endpoints.Count: 0 };

    /// <summary>Reads "30s", "10m" or "2h".</summary>
    private static bool TryParse(string text, out TimeSpan time)
    {
        double unit = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        bool read = uint.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out uint count);
        time = TimeSpan.FromSeconds(unit * count);
        return read && unit > 0;
    }

    private static void Print(TextWriter writer, string name, DrainNodeReply reply)
    {
        if (IsEmpty(reply))
        {
            writer.WriteLine(Printable.Line($"node/{name} drained: it has no block, no moved address and no endpoint"));
            return;
        }
        writer.WriteLine(Printable.Line(
            $"node/{name} {(reply.Changed ? "draining" : "still draining")}: {reply.Blocks} block(s), {reply.Moved} moved address(es) and {reply.Endpoints.Count} endpoint(s) are left"));
        if (reply.Endpoints.Count > 0)
        {
            writer.WriteLine();
            NodeDocuments.EndpointTable(reply.Endpoints).WriteTo(writer);
            writer.WriteLine();
            writer.WriteLine("Weft stops no container: stop these, or move them; each block goes back once nothing uses it.");
        }
        if (reply.Readiness == NodeReadiness.Away)
        {
            writer.WriteLine(Printable.Line($"Its weftd is away, and gives nothing back until it runs; if it will never run again: `weft node forget {name}`."));
        }
    }
}
