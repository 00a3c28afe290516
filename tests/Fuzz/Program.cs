using SharpFuzz;
using Weft.Fuzz;

// Which input is fuzzed, and by whom; without a fuzzer the files named are tried one after the other, which shows what a finding does.
Action<ReadOnlyMemory<byte>>? target = (args.Length > 0 ? args[0] : "") switch
{
    "stdin" => CniTargets.Input,
    "args" => CniTargets.Arguments,
    _ => null,
};
switch (args.Length > 1 ? args[1] : "")
{
    case "afl" when target is not null:
        Fuzzer.OutOfProcess.Run(stream => target(CniTargets.ReadAll(stream)));
        return 0;
    case "libfuzzer" when target is not null:
        Fuzzer.LibFuzzer.Run(span => target(span.ToArray()));
        return 0;
    case "try" when target is not null:
        foreach (string file in args[2..])
        {
            target(File.ReadAllBytes(file));
            Console.WriteLine($"{file}: no finding");
        }
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: weft-fuzz stdin|args afl|libfuzzer|try [FILE...]");
        return 2;
}
