using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft version</summary>
internal static class VersionCommand
{
    public static Command Build(CliHost host, SocketOption socket)
    {
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("version", "Print the versions of weft and of the running weftd") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string daemon = "";
            try
            {
                using DaemonConnection connection = socket.Connect(parsed);
                StatusReply reply = await connection.CallAsync(
                    (client, options) => client.GetStatusAsync(new GetStatusRequest(), options), cancellationToken);
                daemon = reply.Node?.Version ?? "";
            }
            catch (CliException e) when (e.ExitCode != ExitCode.WrongUsage)
            {
                // Half of the answer is known, and a script that asks for weft's version needs no daemon.
                await host.Error.WriteLineAsync(Printable.Line(e.Message));
            }
            if (parsed.GetValue(output) is { } format)
            {
                Documents.Write(host.Output, format, new DocObject { { "weft", VersionAction.Version }, { "weftd", daemon } });
                return ExitCode.Ok;
            }
            await host.Output.WriteLineAsync($"weft {VersionAction.Version}");
            if (daemon.Length > 0)
            {
                await host.Output.WriteLineAsync(Printable.Line($"weftd {daemon}"));
            }
            return ExitCode.Ok;
        });
        return command;
    }
}
