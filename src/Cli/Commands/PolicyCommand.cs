using System.CommandLine;
using Weft.Cli.Daemon;
using Weft.Manifests;
using Weft.Policy.Analysis;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Cli.Commands;

/// <summary>weft policy explain, who-can-reach, test, what-if, lint: of what weftd has, or from manifests alone.</summary>
internal static class PolicyCommand
{
    private const string InsteadOfDaemon = "; left out: what weftd has";
    private const string EndForms = "NAMESPACE/NAME or NAME of an endpoint, node:NAME, or an address";

    public static Command Build(CliHost host, SocketOption socket) => new("policy", "Explain, test and check policies: those that weftd has, or those of manifests (-f) and nothing else")
    {
        Explain(host, socket),
        WhoCanReach(host, socket),
        Test(host),
        WhatIf(host, socket),
        Lint(host, socket),
    };

    private static Command Explain(CliHost host, SocketOption socket)
    {
        var source = new Argument<string>("SRC") { Description = EndForms };
        var destination = new Argument<string>("DST") { Description = EndForms };
        source.CompletionSources.Add(context => NameCompletion.SuggestNames(context, PolicyKinds.Endpoint, "", socket));
        destination.CompletionSources.Add(context => NameCompletion.SuggestNames(context, PolicyKinds.Endpoint, "", socket));
        var port = new Argument<string?>("PORT") { Description = "tcp/80, udp/53, sctp/5000, tcp/NAME or icmp (left out: all that is allowed)", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> files = ManifestFiles.Option(required: false, InsteadOfDaemon);
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("explain", "Say whether policies allow a flow, by which rule, and what came closest") { source, destination, port, files, output };
        command.SetAction((parsed, cancellationToken) => AnswerAsync(async () =>
        {
            PolicyWorld world = await WorldAsync(parsed, files, host, socket, cancellationToken);
            var evaluator = new PolicyEvaluator(world);
            (string from, string to) = (parsed.GetRequiredValue(source), parsed.GetRequiredValue(destination));
            if (parsed.GetValue(port) is not { } text)
            {
                PolicyAnswers.Print(host.Output, parsed.GetValue(output), Traffic(evaluator, from, to));
                return ExitCode.Ok;
            }
            var explainer = new PolicyExplainer(evaluator);
            PolicyAnswers.Print(host.Output, parsed.GetValue(output), [.. FlowQuestions.Flows(world, from, to, text).Select(explainer.Explain)]);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static List<Reach> Traffic(PolicyEvaluator evaluator, string from, string to)
    {
        var finder = new TrafficFinder(evaluator);
        return [.. FlowQuestions.Flows(evaluator.World, from, to, "tcp/1").Select(flow => new Reach(flow.Source.ToString(), flow.Destination.ToString(), finder.Find(flow.Source, flow.Destination)))];
    }

    private static Command WhoCanReach(CliHost host, SocketOption socket)
    {
        var destination = new Argument<string>("ENDPOINT") { Description = "NAMESPACE/NAME, or NAME" };
        destination.CompletionSources.Add(context => NameCompletion.SuggestNames(context, PolicyKinds.Endpoint, "", socket));
        Option<string[]> files = ManifestFiles.Option(required: false, InsteadOfDaemon);
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("who-can-reach", "List the endpoints, nodes and addresses that policies let reach an endpoint, and with what") { destination, files, output };
        command.SetAction((parsed, cancellationToken) => AnswerAsync(async () =>
        {
            PolicyWorld world = await WorldAsync(parsed, files, host, socket, cancellationToken);
            PolicyAnswers.Print(host.Output, parsed.GetValue(output), Reachability.WhoCanReach(new PolicyEvaluator(world), FlowQuestions.Endpoint(world, parsed.GetRequiredValue(destination))));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Test(CliHost host)
    {
        var file = new Argument<string>("FILE") { Description = "The tests: kind PolicyTest (docs/policy.md)" };
        Option<string[]> files = ManifestFiles.Option(required: false);
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("test", "Check what a file says about who reaches whom (exit code 1 when something is not so)") { file, files, output };
        command.SetAction((parsed, _) => AnswerAsync(() =>
        {
            string path = parsed.GetRequiredValue(file);
            PolicyTestFile tests = ManifestFiles.Read([path], host.Input) is [var only]
                ? PolicyTestFile.Read(only.Source, only.Text)
                : throw new CliException(ExitCode.WrongUsage, $"weft: {path}: is a directory; name one file of tests");
            string directory = path == "-" ? "" : Path.GetDirectoryName(path) ?? "";
            string[] names = [.. tests.Manifests.Select(name => Path.Combine(directory, name)), .. parsed.GetValue(files) ?? []];
            IReadOnlyList<PolicyTestResult> results = PolicyTestRunner.Run(PolicyWorldFiles.Read(PolicyWorld.Empty, names, host), tests.Tests);
            PolicyAnswers.Print(host.Output, parsed.GetValue(output), results);
            return Task.FromResult(results.All(result => result.Passed) ? ExitCode.Ok : ExitCode.Failed);
        }));
        return command;
    }

    private static Command WhatIf(CliHost host, SocketOption socket)
    {
        var before = new Option<string[]>("--base") { HelpName = "FILE", Description = "What there is now, as -f (left out: what weftd has)", Arity = ArgumentArity.OneOrMore };
        Option<string[]> files = ManifestFiles.Option(required: true);
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("what-if", "List the pairs that may exchange other traffic once -f is applied") { before, files, output };
        command.SetAction((parsed, cancellationToken) => AnswerAsync(async () =>
        {
            PolicyWorld now = await WorldAsync(parsed, before, host, socket, cancellationToken);
            PolicyWorld then = PolicyWorldFiles.Read(now, parsed.GetValue(files) ?? [], host);
            PolicyAnswers.Print(host.Output, parsed.GetValue(output), Reachability.WhatChanges(now, then));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Lint(CliHost host, SocketOption socket)
    {
        Option<string[]> files = ManifestFiles.Option(required: false, InsteadOfDaemon);
        Option<string> output = OutputOption.Build(OutputOption.Json, OutputOption.Yaml);
        var command = new Command("lint", "Look for what is probably not meant (exit code 1 when something is found)") { files, output };
        command.SetAction((parsed, cancellationToken) => AnswerAsync(async () =>
        {
            IReadOnlyList<LintFinding> findings = PolicyLint.Check(await WorldAsync(parsed, files, host, socket, cancellationToken));
            PolicyAnswers.Print(host.Output, parsed.GetValue(output), findings);
            return findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }));
        return command;
    }

    /// <summary>The manifests that an option names, and nothing else; without it, what weftd has.</summary>
    private static async Task<PolicyWorld> WorldAsync(ParseResult parsed, Option<string[]> files, CliHost host, SocketOption socket, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(files) is { Length: > 0 } names)
        {
            return PolicyWorldFiles.Read(PolicyWorld.Empty, names, host);
        }
        using DaemonConnection connection = socket.Connect(parsed);
        return await RunningWorld.ReadAsync(connection, cancellationToken);
    }

    private static async Task<int> AnswerAsync(Func<Task<int>> answer)
    {
        try
        {
            return await answer();
        }
        catch (QuestionException e)
        {
            throw new CliException(ExitCode.WrongUsage, $"weft: {e.Message}");
        }
        catch (ManifestException e)
        {
            throw new CliException(ExitCode.WrongUsage, e.Message);
        }
    }
}
