using System.Text;
using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Verbs;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin;

/// <summary>One run of the plugin, from the runtime's variables and stdin to its answer on stdout.</summary>
/// <param name="variable">Looks up an environment variable; null when it is not set.</param>
/// <param name="input">stdin.</param>
/// <param name="output">stdout: takes nothing but a result or an error object.</param>
/// <param name="log">stderr: takes lines for people.</param>
internal sealed class Plugin(Func<string, string?> variable, Stream input, Stream output, Stream log)
{
    private string _version = CniVersions.Newest;
    private bool _logIsBroken;

    /// <returns>The exit code: 0 for success, 1 for an error that <c>output</c> describes.</returns>
    public int Run()
    {
        CniCommand? command = null;
        try
        {
            command = EnvironmentReader.ReadCommand(variable);
            if (command is CniCommand known)
            {
                Run(known);
            }
            else
            {
                Introduce();
            }
            return 0;
        }
        catch (Exception e)
        {
            CniError error = ErrorTable.From(e, command);
            Log($"{error.Message}{(error.Details.Length > 0 ? "; " : "")}{error.Details}");
            WriteError(error);
            return 1;
        }
    }

    private void Run(CniCommand command)
    {
        if (command == CniCommand.Version)
        {
            output.Write(VersionVerb.Answer(StandardInput.ReadAll(input)));
            return;
        }
        var problems = new ProblemList();
        CniInvocation invocation = EnvironmentReader.Read(command, variable, problems);
        NetworkConfiguration? read = ReadConfiguration(problems);
        if (read is not NetworkConfiguration configuration)
        {
            throw new CniException(problems.ToError());
        }
        RequireVersionOf(command, configuration.Version, problems);
        Run(invocation, configuration, problems);
    }

    /// <summary>The configuration, or null: <paramref name="problems"/> then says why.</summary>
    private NetworkConfiguration? ReadConfiguration(ProblemList problems)
    {
        try
        {
            JsonElement root = NetworkConfigurationReader.Decode(StandardInput.ReadAll(input));
            NetworkConfiguration? configuration = NetworkConfigurationReader.Read(root, problems);
            _version = configuration?.Version.Text() ?? _version;
            return configuration;
        }
        catch (CniException e)
        {
            problems.Add(e.Error.Code, e.Error.Message);
            return null;
        }
    }

    private static void RequireVersionOf(CniCommand command, CniVersion version, ProblemList problems)
    {
        CniVersion since = command switch
        {
            CniCommand.Check => CniVersion.V040,
            CniCommand.Gc or CniCommand.Status => CniVersion.V110,
            _ => CniVersion.V030,
        };
        if (version < since)
        {
            problems.Add(CniErrorCode.IncompatibleVersion,
                $"incompatible CNI versions: the configuration is \"{version.Text()}\", and CNI has this verb since \"{since.Text()}\"");
        }
    }

    private void Run(CniInvocation invocation, NetworkConfiguration configuration, ProblemList problems)
    {
        switch (invocation.Command)
        {
            case CniCommand.Add:
                AttachmentWishes wishes = AttachmentWishesReader.Read(configuration.Root, invocation.Arguments, problems);
                CniResult? previous = configuration.PreviousResult is { } json ? PreviousResultReader.Read(json, problems) : null;
                if (previous?.Has(invocation.InterfaceName, invocation.Netns) == true)
                {
                    problems.Add(CniErrorCode.InterfaceExists,
                        $"\"prevResult\" has an interface {invocation.InterfaceName} in {invocation.Netns} already: an earlier plugin of the list made it, so weft-cni cannot; remove one of them");
                }
                problems.ThrowIfAny();
                AddVerb.Run(invocation, configuration, wishes, previous, result => output.Write(result), Log);
                break;
            case CniCommand.Del:
                problems.ThrowIfAny();
                DelVerb.Run(invocation, configuration, Log);
                break;
            case CniCommand.Check:
                CheckVerb.Run(invocation, configuration, problems);
                break;
            case CniCommand.Gc:
                List<(string ContainerId, string InterfaceName)> valid = ValidAttachments.Read(configuration.Root, problems);
                problems.ThrowIfAny();
                GcVerb.Run(configuration, valid, Log);
                break;
            case CniCommand.Status:
                (IReadOnlyList<AddressRange> ranges, NetworkTemplate? template) = AttachmentWishesReader.ReadNetwork(configuration.Root, problems);
                problems.ThrowIfAny();
                StatusVerb.Run(configuration, ranges, template);
                break;
            default:
                throw new InvalidOperationException($"no such verb: {invocation.Command}");
        }
    }

    /// <summary>What a person sees who calls the program by hand.</summary>
    private void Introduce()
    {
        Version own = typeof(Plugin).Assembly.GetName().Version ?? new Version(0, 0, 0);
        Log($"CNI plugin weft-cni v{own.ToString(3)}\nCNI protocol versions supported: {string.Join(", ", CniVersions.Supported!)}\n"
            + "Container runtimes run it: CNI_COMMAND and other variables say what to do, a network configuration comes on standard input. See docs/cni.md");
    }

    private void WriteError(CniError error)
    {
        try
        {
            output.Write(error.ToJson(_version));
        }
        catch (Exception e) when (IsBrokenStream(e))
        {
            Log($"cannot write the error to stdout: {e.Message}");
        }
    }

    // A closed descriptor is UnauthorizedAccessException to .NET.
    private static bool IsBrokenStream(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    private void Log(string text)
    {
        if (_logIsBroken)
        {
            return;
        }
        try
        {
            log.Write(Encoding.UTF8.GetBytes(text + "\n"));
        }
        catch (Exception e) when (IsBrokenStream(e))
        {
            _logIsBroken = true;    // stderr is closed: there is nobody else to tell
        }
    }
}
