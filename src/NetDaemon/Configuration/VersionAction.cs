using System.CommandLine;
using System.CommandLine.Invocation;

namespace Weft.NetDaemon.Configuration;

/// <summary>Prints "weftd 0.1.0", without the commit that the build appends.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"weftd {DaemonCommandLine.Version}");
        return 0;
    }
}
