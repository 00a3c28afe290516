using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft node cordon|uncordon|drain|forget NAME</summary>
internal static class NodeCommand
{
    public static Command Build(CliHost host, SocketOption socket) => new("node", "Say what a node may do, empty it, or remove it")
    {
        Cordon(host, socket, "cordon", "Let a node give no new container an address; what runs there keeps running", cordoned: true),
        Cordon(host, socket, "uncordon", "Let a cordoned or drained node give out addresses again", cordoned: false),
        DrainCommand.Build(host, socket),
        ForgetCommand.Build(host, socket),
    };

    public static Argument<string> Name(SocketOption socket)
    {
        var name = new Argument<string>("NAME") { Description = "The node's name" };
        name.CompletionSources.Add(context => NameCompletion.SuggestNames(context, "Node", "", socket));
        return name;
    }

    private static Command Cordon(CliHost host, SocketOption socket, string verb, string description, bool cordoned)
    {
        Argument<string> name = Name(socket);
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
