using Weft.NetDaemon;
using Weft.NetDaemon.Configuration;

DaemonCommand command = DaemonCommandLine.Parse(args, Console.Out, Console.Error, Environment.MachineName);
return command switch
{
    { Verb: DaemonVerb.Run, Options: { } options } => await DaemonHost.RunAsync(options),
    { Verb: DaemonVerb.Cleanup, Options: { } options } => CleanupCommand.Run(options),
    _ => command.ExitCode,
};
