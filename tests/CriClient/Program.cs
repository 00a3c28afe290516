using Grpc.Core;
using Weft.CriClient;

if (args.Length == 0 || args[0] is "-h" or "--help")
{
    Console.Out.Write(Options.Usage);
    return args.Length == 0 ? 2 : 0;
}
try
{
    Options options = Options.Parse(args);
    using var runtime = new RuntimeClient(options.Socket, options.Timeout);
    return new Commands(runtime, options, Console.Out, Console.Error).Run();
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (RpcException e)
{
    Console.Error.WriteLine($"the container runtime refused: {e.StatusCode}: {e.Status.Detail}");
    return 1;
}
