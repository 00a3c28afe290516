using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft ipam check, weft ipam release ADDRESS</summary>
internal static class IpamCommand
{
    public static Command Build(CliHost host, SocketOption socket) => new("ipam", "Audit addresses, and free what was leaked")
    {
        Check(host, socket),
        Release(host, socket),
    };

    private static Command Check(CliHost host, SocketOption socket)
    {
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("check", "Compare owners of blocks, what nodes published, and this node's records and kernel (exit code 1 when something is wrong)") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using DaemonConnection connection = socket.Connect(parsed);
            CheckAddressesReply reply = await connection.CallAsync((client, options) => client.CheckAddressesAsync(new CheckAddressesRequest(), options), cancellationToken);
            if (parsed.GetValue(output) is { } format)
            {
                Documents.Write(host.Output, format, AddressCheckDocument.Of(reply));
            }
            else
            {
                Print(host.Output, reply);
            }
            return reply.Findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static Command Release(CliHost host, SocketOption socket)
    {
        var address = new Argument<string>("ADDRESS") { Description = "The address" };
        var network = new Option<string?>("--network") { HelpName = "NAME", Description = "The Network that it is of (default: the one whose pool has it)" };
        var command = new Command("release", "Free an address that is proven to be leaked, or say why not") { address, network };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new ReleaseAddressRequest { Address = parsed.GetRequiredValue(address), Network = parsed.GetValue(network) ?? "" };
            using DaemonConnection connection = socket.Connect(parsed);
            ReleaseAddressReply reply = await connection.CallAsync((client, options) => client.ReleaseAddressAsync(request, options), cancellationToken);
            host.Output.WriteLine(Printable.Line(reply.Freed));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TextWriter writer, CheckAddressesReply reply)
    {
        if (reply.Findings.Count > 0)
        {
            var table = new TextTable("KIND", "SUBJECT", "NODE", "PROBLEM", "NEXT-STEP");
            foreach (AddressFinding finding in reply.Findings)
            {
                table.Add(AddressCheckDocument.KindOf(finding.Kind), finding.Subject, finding.Node, finding.Problem, finding.NextStep);
            }
            table.WriteTo(writer);
            writer.WriteLine();
        }
        string found = reply.Findings.Count == 0 ? "nothing is wrong" : $"{reply.Findings.Count} finding(s)";
        writer.WriteLine($"{reply.Blocks} block(s) of {reply.Nodes} node(s), {reply.Addresses} address(es) published as in use: {found}");
    }
}
