using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Cli.Import;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>weft import host-local DIR, weft import host-local --forget NAME</summary>
internal static class ImportCommand
{
    public static Command Build(CliHost host, SocketOption socket) =>
        new("import", "Take over from another plugin") { BuildHostLocal(host, socket) };

    private static Command BuildHostLocal(CliHost host, SocketOption socket)
    {
        var directory = new Argument<string?>("DIR")
        {
            Description = "host-local's directory of one network, such as /var/lib/cni/networks/NAME",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var network = new Option<string?>("--network") { HelpName = "NAME", Description = "The Network whose pools the addresses are in (default: the directory's name if a Network is called so, else default)" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done" };
        var skip = new Option<bool>("--skip-broken") { Description = "Files that say nothing usable are no failure, and addresses that cannot be held are left out too" };
        var forget = new Option<string?>("--forget") { HelpName = "NAME", Description = "End the import of that name: its addresses may be given out" };
        var command = new Command("host-local", "Keep the addresses that containers have by host-local's files, until they are deleted")
        {
            directory, network, dryRun, skip, forget,
        };
        command.Validators.Add(result =>
        {
            bool named = result.GetResult(directory) is { Tokens.Count: > 0 };
            if (named == result.GetResult(forget) is { Tokens.Count: > 0 })
            {
                result.AddError("give either DIR, or --forget NAME");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(forget) is { } name)
            {
                using DaemonConnection daemon = socket.Connect(parsed);
                ForgetImportReply answer = await daemon.CallAsync(
                    (client, options) => client.ForgetImportAsync(new ForgetImportRequest { Name = name }, options), cancellationToken);
                host.Output.WriteLine(Printable.Line($"import {name} ended, {answer.Freed} address(es) free"));
                return ExitCode.Ok;
            }
            HostLocalDirectory read = Read(parsed.GetValue(directory) ?? "");
            bool dry = parsed.GetValue(dryRun);
            bool skipBroken = parsed.GetValue(skip);
            foreach (string broken in read.Broken)
            {
                host.Error.WriteLine(Printable.Line($"weft: left out {broken}; remove the file if its container is gone"));
            }
            var request = new ImportRequest { Name = read.Name, Network = parsed.GetValue(network) ?? "", DryRun = dry, SkipUnusable = skipBroken };
            request.Addresses.AddRange(read.Addresses);
            using DaemonConnection connection = socket.Connect(parsed);
            ImportReply reply = await connection.CallAsync((client, options) => client.ImportAddressesAsync(request, options), cancellationToken);
            Print(host, read, dry, reply);
            return skipBroken || read.Broken.Count + reply.Unusable.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    /// <exception cref="CliException">The directory cannot be read.</exception>
    private static HostLocalDirectory Read(string path)
    {
        try
        {
            return HostLocalDirectory.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException(ExitCode.WrongUsage, $"weft: {path}: {(e is DirectoryNotFoundException ? "no such directory" : e.Message)}");
        }
    }

    private static void Print(CliHost host, HostLocalDirectory read, bool dryRun, ImportReply reply)
    {
        foreach (string problem in reply.Unusable)
        {
            host.Error.WriteLine(Printable.Line($"weft: left out: {problem}"));
        }
        int leftOut = read.Broken.Count + reply.Unusable.Count;
        host.Output.WriteLine(Printable.Line(
            $"import {read.Name} into network {reply.Network}: {reply.Added} address(es) added, {reply.Kept} held already, {reply.Removed} free again"
            + $"{(reply.Released == 0 ? "" : $", {reply.Released} not held again (freed or attached by Weft since)")}{(leftOut == 0 ? "" : $", {leftOut} left out")}{(dryRun ? " (dry run)" : "")}"));
    }
}
