using Weft.CniBench.Native;

namespace Weft.CniBench;

/// <summary>What starting a plugin costs, which runtimes do 10 to 26 times for each container: VERSION, beside programs that do less or the same.</summary>
internal static class StartBenchmark
{
    private static readonly string[] Environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "CNI_COMMAND=VERSION"];

    public static void Run(Options options)
    {
        string noOp = options.NoOp.Length > 0 ? options.NoOp : throw new FormatException("--work start needs --no-op");
        (string Label, string Path)[] programs =
        [
            ("static C program that does nothing", noOp),
            ("weft-cni", Path.Combine(options.ProgramFolder, "weft-cni")),
            ("Go bridge", Path.Combine(options.GoFolder, "bridge")),
        ];
        var machine = new QuietMachine(options.Patience);
        var samples = programs.ToDictionary(program => program.Label, _ => new List<Sample>());
        for (int i = -1; i < options.Samples; i++)
        {
            for (int k = 0; k < programs.Length; k++)
            {
                (string label, string path) = programs[int.IsEvenInteger(i) ? k : programs.Length - 1 - k];
                machine.Wait();
                (Sample sample, int exitCode, string output) = PluginProcess.Run(path, Environment, "{\"cniVersion\":\"1.1.0\"}"u8);
                if (exitCode != 0)
                {
                    throw new PluginFailedException(label, "VERSION", exitCode, output);
                }
                if (i >= 0)
                {
                    samples[label].Add(sample);
                }
            }
        }
        var report = new Report(Console.Out, "", "");
        report.Machine(options);
        report.Line($"");
        report.Line($"| VERSION | median ms | p95 | ratio to the C program |");
        report.Line($"| --- | ---: | ---: | ---: |");
        double floor = Wall(samples[programs[0].Label], 0.5);
        foreach ((string label, _) in programs)
        {
            List<Sample> own = samples[label];
            report.Line($"| {label} | {Wall(own, 0.5):0.00} | {Wall(own, 0.95):0.00} | {Wall(own, 0.5) / floor:0.00} |");
        }
    }

    private static double Wall(IEnumerable<Sample> samples, double share) =>
        Statistics.Quantile(samples.Select(sample => sample.Wall.TotalMilliseconds), share);
}
