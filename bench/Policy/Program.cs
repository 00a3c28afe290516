using Weft.PolicyBench;

switch (args)
{
    case ["compiler"]:
        CompilerScale.Run(Console.Out);
        break;
    case ["kernel"]:
        KernelScale.Run(Console.Out);
        break;
    default:
        Console.Error.WriteLine("usage: PolicyBench compiler|kernel");
        return 2;
}
return 0;
