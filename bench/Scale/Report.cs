using System.Globalization;

namespace Weft.Scale;

/// <summary>Prints Markdown for bench/README.md.</summary>
internal sealed class Report(TextWriter output)
{
    public void Line(FormattableString text)
    {
        output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        output.Flush();
    }

    public void Machine(Options options)
    {
        Line($"{DateTime.UtcNow:yyyy-MM-dd}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the start; {options.Nodes} other nodes, networks: {options.Networks}");
        Line($"");
    }

    /// <summary>Seconds, each of them.</summary>
    public static string Each(IEnumerable<double> seconds) => string.Join(", ", seconds.Select(s => s.ToString("0.00", CultureInfo.InvariantCulture)));

    /// <summary>Median, 99th percentile and longest.</summary>
    public static string Spread(IReadOnlyCollection<double> milliseconds) => milliseconds.Count == 0 ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"median {Weft.CniBench.Statistics.Median(milliseconds):0.0}, p99 {Weft.CniBench.Statistics.Quantile(milliseconds, 0.99):0.0}, longest {milliseconds.Max():0.0} ms");
}
