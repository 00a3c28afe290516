using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Weft.Cli;

/// <summary>Prints "weft 0.1.0", without the commit that the build appends.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    /// <summary>Version of this weft, such as 0.1.0.</summary>
    public static string Version =>
        (typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"weft {Version}");
        return ExitCode.Ok;
    }
}
