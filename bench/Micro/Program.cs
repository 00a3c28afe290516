using BenchmarkDotNet.Running;
using Weft.Micro;

if (args is ["policy"])
{
    PolicyScale.Run(Console.Out);
    return;
}
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
