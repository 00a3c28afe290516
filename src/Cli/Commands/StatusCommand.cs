using System.CommandLine;
using System.Globalization;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft status</summary>
internal static class StatusCommand
{
    public static Command Build(CliHost host, SocketOption socket)
    {
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("status", "Show how this node is doing (exit code 1 when it has failed)") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using DaemonConnection connection = socket.Connect(parsed);
            StatusReply reply = await connection.CallAsync((client, options) => client.GetStatusAsync(new GetStatusRequest(), options), cancellationToken);
            if (parsed.GetValue(output) is { } format)
            {
                Documents.Write(host.Output, format, StatusDocument.Of(reply));
            }
            else
            {
                Print(host.Output, reply);
            }
            return reply.Health == Health.Failed ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TextWriter writer, StatusReply reply)
    {
        Node node = reply.Node ?? new Node();
        writer.WriteLine(Printable.Line($"Node {node.Name} (number {node.Number}): {StatusDocument.HealthOf(reply.Health)}"));
        writer.WriteLine(Printable.Line($"weftd {node.Version}, up {StatusDocument.DurationOf(reply.UptimeMs)}, store {reply.Store}"));
        string uplink = node.Uplink.Length == 0 ? "none" : $"{node.Uplink} ({string.Join(", ", node.UnderlayAddresses)}), MTU {node.Mtu}";
        writer.WriteLine(Printable.Line($"Uplink: {uplink}"));
        writer.WriteLine($"Attachments: {reply.Attachments}, {reply.PendingAttachments} more being made");
        string last = reply.LastRepair.Length == 0 ? "" : $", last: {reply.LastRepair}";
        writer.WriteLine(Printable.Line($"Repairs since start: {reply.Repairs}{last}"));
        if (reply.Conditions.Count > 0)
        {
            writer.WriteLine();
            var conditions = new TextTable("CONDITION", "HEALTH", "MESSAGE");
            foreach (Condition condition in reply.Conditions)
            {
                conditions.Add(condition.Name, StatusDocument.HealthOf(condition.Health), condition.Message);
            }
            conditions.WriteTo(writer);
        }
        if (reply.Pools.Count > 0)
        {
            writer.WriteLine();
            var pools = new TextTable("POOL", "NETWORK", "CIDR", "USED", "COOLING", "FREE", "BLOCKS");
            foreach (PoolUsage pool in reply.Pools)
            {
                pools.Add(pool.Pool, pool.Network, pool.Cidr, Number(pool.Used), Number(pool.Cooling), pool.Free, Number(pool.Blocks));
            }
            pools.WriteTo(writer);
        }
    }

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
