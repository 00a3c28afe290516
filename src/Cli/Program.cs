using Weft.Cli;

return await WeftCommand.RunAsync(args, CliHost.OfProcess(), CancellationToken.None);
