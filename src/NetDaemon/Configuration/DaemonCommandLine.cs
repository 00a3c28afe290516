using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Weft.Contracts;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>Understands weftd's command line and reads the config file that it names.</summary>
internal static class DaemonCommandLine
{
    /// <summary>Exit code for a wrong command line or config file.</summary>
    public const int WrongUsage = 2;

    // "@file" is no way to name a file of arguments here: it would make a directory "@x" mean something else.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>What the arguments ask for. Help, version and everything wrong are printed here.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="output">For help and version.</param>
    /// <param name="error">For what is wrong: every problem, one a line.</param>
    /// <param name="hostName">The machine's name; in lower case, the default of --node.</param>
    public static DaemonCommand Parse(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, string hostName)
    {
        var result = DaemonCommand.Exit(0);
        RootCommand root = Build((verb, texts) => result = Complete(verb, texts, error, hostName));
        ParseResult parsed = root.Parse(arguments, Parsing);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (string problem in parsed.Errors.Select(problem => problem.Message).Distinct())
            {
                error.WriteLine($"weftd: {Quoted.Bare(problem)}");
            }
            error.WriteLine("weftd: see `weftd --help`");
            return DaemonCommand.Exit(WrongUsage);
        }
        int exitCode = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        return result.Verb == DaemonVerb.Exit && result.ExitCode == 0 ? DaemonCommand.Exit(exitCode) : result;
    }

    /// <summary>Version of this weftd, such as 0.1.0.</summary>
    public static string Version =>
        (typeof(DaemonCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    private static RootCommand Build(Action<DaemonVerb, OptionTexts> chosen)
    {
        var node = Text("--node", "NAME", "This node's name (default: the machine's name, in lower case)");
        var stateDirectory = Text("--state-dir", "DIR", $"Directory for state that outlives a reboot (default: {WeftPaths.StateDirectory})");
        var runDirectory = Text("--run-dir", "DIR", $"Directory for sockets (default: {WeftPaths.RunDirectory})");
        var config = Text("--config", "FILE", $"Config file, YAML (default: {DaemonOptions.DefaultConfigFile} if it exists)");
        var store = Text("--store", "STORE", "Where shared state is kept: embedded, for one node, or etcd, for many (default: embedded)");
        var underlay = new UnderlayCommandLine();
        var etcd = new EtcdCommandLine();
        OptionTexts Texts(ParseResult parsed) => new(
            parsed.GetValue(node), parsed.GetValue(stateDirectory), parsed.GetValue(runDirectory), parsed.GetValue(config), parsed.GetValue(store),
            etcd.Read(parsed), underlay.Read(parsed));

        var root = new RootCommand("The Weft daemon: addresses, rules and names of this node's containers. Options override the config file.");
        foreach (Option option in (Option[])[node, stateDirectory, runDirectory, config, store, .. underlay.All, .. etcd.All])
        {
            option.Recursive = true;
            root.Options.Add(option);
        }
        root.SetAction(parsed => chosen(DaemonVerb.Run, Texts(parsed)));
        var cleanup = new Command("cleanup", "Remove every bridge, rule, route and link that Weft made on this node, and exit. State is kept.");
        cleanup.SetAction(parsed => chosen(DaemonVerb.Cleanup, Texts(parsed)));
        root.Subcommands.Add(cleanup);
        foreach (VersionOption version in root.Options.OfType<VersionOption>())
        {
            version.Action = new VersionAction();
        }
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Remove("/?");   // paths here
            help.Aliases.Remove("/h");
        }
        return root;
    }

    internal static Option<string> Text(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };

    private static DaemonCommand Complete(DaemonVerb verb, OptionTexts texts, TextWriter error, string hostName)
    {
        var problems = new ProblemList();
        List<string> wrong = CheckArguments(texts);
        DaemonOptions options = ReadConfigFile(texts, hostName, problems, wrong);
        if (texts.Node is null && problems.IsEmpty && OptionRules.CheckNode(options.NodeName) is not null)
        {
            wrong.Add($"the machine's name {Quoted.Text(hostName)} is not a node name (RFC 1123); give --node NAME");
        }
        if (wrong.Count == 0 && problems.IsEmpty)
        {
            DaemonOptions complete = Override(options, texts);
            wrong.AddRange(EtcdRules.CheckTogether(complete.Store, complete.Etcd));
            if (UnderlayRules.CheckTogether(complete.Underlay) is { } clash)
            {
                wrong.Add(clash);
            }
            if (wrong.Count == 0)
            {
                return new DaemonCommand(verb, complete, 0);
            }
        }
        foreach (string line in wrong)
        {
            error.WriteLine($"weftd: {line}");
        }
        if (!problems.IsEmpty)
        {
            error.WriteLine(problems);
        }
        return DaemonCommand.Exit(WrongUsage);
    }

    private static DaemonOptions Override(DaemonOptions options, OptionTexts texts) => texts.Underlay.Over(options) with
    {
        NodeName = texts.Node ?? options.NodeName,
        StateDirectory = texts.StateDirectory is { } state ? Path.GetFullPath(state) : options.StateDirectory,
        RunDirectory = texts.RunDirectory is { } run ? Path.GetFullPath(run) : options.RunDirectory,
        Store = texts.Store ?? options.Store,
        Etcd = texts.Etcd.Over(options.Etcd),
    };

    private static List<string> CheckArguments(OptionTexts texts)
    {
        List<string> wrong = [];
        void Check(string option, string? text, Func<string, string?> check)
        {
            // An empty one is a variable that was not set.
            if (text is not null && (text.Length == 0 ? "must not be empty" : check(text)) is { } problem)
            {
                wrong.Add($"{option}: {problem}");
            }
        }
        Check("--node", texts.Node, OptionRules.CheckNode);
        Check("--state-dir", texts.StateDirectory, OptionRules.CheckStateDirectory);
        Check("--run-dir", texts.RunDirectory, OptionRules.CheckRunDirectory);
        Check("--config", texts.Config, OptionRules.CheckConfigFile);
        Check("--store", texts.Store, OptionRules.CheckStore);
        foreach (string endpoint in texts.Etcd.Endpoints ?? [])
        {
            Check("--etcd-endpoints", endpoint, EtcdRules.CheckEndpoint);
        }
        Check("--etcd-ca", texts.Etcd.CaFile, OptionRules.CheckFile);
        Check("--etcd-cert", texts.Etcd.CertificateFile, OptionRules.CheckFile);
        Check("--etcd-key", texts.Etcd.KeyFile, OptionRules.CheckFile);
        Check("--etcd-user", texts.Etcd.User, _ => null);
        Check("--etcd-password-file", texts.Etcd.PasswordFile, OptionRules.CheckFile);
        wrong.AddRange(texts.Underlay.Problems());
        return wrong;
    }

    private static DaemonOptions ReadConfigFile(OptionTexts texts, string hostName, ProblemList problems, List<string> wrong)
    {
        // .NET reports the short name; a machine named with its domain keeps it.
        var defaults = new DaemonOptions { NodeName = hostName.ToLowerInvariant() };
        string path = texts.Config ?? DaemonOptions.DefaultConfigFile;
        if (OptionRules.CheckConfigFile(path) is not null || (texts.Config is null && !File.Exists(path)))
        {
            return defaults;
        }
        if (Directory.Exists(path))
        {
            wrong.Add($"config file {Quoted.Text(path)} cannot be read: it is a directory; name the file in it, such as {Path.Combine(path, "weftd.yaml")}");
            return defaults;
        }
        try
        {
            long length = new FileInfo(path).Length;
            if (length > YamlReader.MaximumLength)
            {
                wrong.Add($"{path}: {length} bytes are more than the {YamlReader.MaximumLength} of a config file");
                return defaults;
            }
            return ConfigFile.Read(path, File.ReadAllText(path), defaults with { ConfigFile = path }, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            wrong.Add($"config file {Quoted.Text(path)} cannot be read: {(
                e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : Quoted.Bare(e.Message))}");
            return defaults;
        }
    }
}
