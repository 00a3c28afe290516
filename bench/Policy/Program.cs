using Weft.PolicyBench;

switch (args)
{
    case ["compiler"]:
        CompilerScale.Run(Console.Out);
        break;
    case ["kernel"]:
        KernelScale.Run(Console.Out);
        break;
    case ["connections", ..]:
        NewConnections.Run(Console.Out, args.Length > 1 ? int.Parse(args[1]) : 7);
        break;
    default:
        Console.Error.WriteLine("usage: PolicyBench compiler|kernel|connections [ROUNDS]");
        return 2;
}
return 0;
