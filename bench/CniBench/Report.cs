using System.Globalization;

namespace Weft.CniBench;

/// <summary>Prints Markdown tables for bench/README.md.</summary>
internal sealed class Report(TextWriter output, string first, string second)
{
    private int _atOnce = 1;

    public void Machine(Options options) => Line(
        $"{DateTime.UtcNow:yyyy-MM-dd}, Linux {KernelRelease()}, {Environment.ProcessorCount} cores, {options.Samples} pairs at each number of pods, load {LoadAverage()} at the start");

    public void PairsHeader()
    {
        Line("");
        Line($"| pods | call | {first}: median ms | p95 | CPU ms | {second}: median ms | p95 | CPU ms | ratio, pair by pair |");
        Line("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    public void Pairs(int pods, string call, IReadOnlyList<(Sample First, Sample Second)> samples)
    {
        if (samples.Count == 0)
        {
            return;
        }
        double ratio = Statistics.Median(samples.Select(pair => pair.First.Wall / pair.Second.Wall));
        Line($"| {pods} | {call} | {Cells(samples.Select(pair => pair.First))} | {Cells(samples.Select(pair => pair.Second))} | {ratio:0.000} |");
    }

    public void ParallelHeader(int count)
    {
        Line("");
        _atOnce = count;
        Line($"| pods | {count} at once | {first}: median ms | each | {second}: median ms | each | ratio |");
        Line("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
    }

    public void Parallel(int pods, ParallelTimes times)
    {
        Row("ADD", time => time.Add);
        Row("DEL", time => time.Delete);

        void Row(string call, Func<(double Add, double Delete), double> select)
        {
            double one = Statistics.Median(times.First.Select(select)), other = Statistics.Median(times.Second.Select(select));
            Line($"| {pods} | {call} | {one:0.0} | {one / _atOnce:0.00} | {other:0.0} | {other / _atOnce:0.00} | {one / other:0.000} |");
        }
    }

    public void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private void Line(string text) => output.WriteLine(text);

    private static FormattableString Cells(IEnumerable<Sample> samples)
    {
        Sample[] all = [.. samples];
        double[] wall = [.. all.Select(sample => sample.Wall.TotalMilliseconds)];
        return $"{Statistics.Median(wall):0.00} | {Statistics.Quantile(wall, 0.95):0.00} | {Statistics.Median(all.Select(sample => sample.Cpu.TotalMilliseconds)):0.0}";
    }

    private static string KernelRelease() => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    private static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
