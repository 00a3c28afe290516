using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft node cordon NAME, weft node uncordon NAME</summary>
internal static class NodeCommand
{
    public static Command Build(CliHost host, SocketOption socket) => new("node", "Say what a node may do")
    {
        Cordon(host, socket, "cordon", "Let a node give no new container an address; what runs there keeps running", cordoned: true),
        Cordon(host, socket, "uncordon", "Let a cordoned node give out addresses again", cordoned: false),
    };

    private static Command Cordon(CliHost host, SocketOption socket, string verb, string description, bool cordoned)
    {
        var name = new Argument<string>("NAME") { Description = "The node's name" };
        var command = new Command(verb, description) { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new CordonNodeRequest { Name = parsed.GetRequiredValue(name), Cordoned = cordoned };
            using DaemonConnection connection = socket.Connect(parsed);
            CordonNodeReply reply = await connection.CallAsync((client, options) => client.CordonNodeAsync(request, options), cancellationToken);
            host.Output.WriteLine(Printable.Line($"node/{request.Name} {(reply.Changed ? "" : "already ")}{verb}ed"));
            return ExitCode.Ok;
        });
        return command;
    }
}
