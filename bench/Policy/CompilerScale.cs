using System.Diagnostics;
using Weft.Policy.Compilation;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.PolicyBench;

/// <summary>
/// Does the cost of one change grow with how much there is? Loads worlds of several sizes into the policy compiler and times the load, and then single changes: an endpoint comes and goes,
/// a label changes, a policy is written. Prints microseconds of the median and of the 99th percentile.
/// </summary>
internal static class CompilerScale
{
    private const int Repetitions = 400;

    public static void Run(TextWriter writer)
    {
        writer.WriteLine("endpoints policies | load ms | endpoint +/- us p50 p99 | label us p50 p99 | policy us p50 p99 | things touched by an endpoint");
        foreach ((int endpoints, int policies) in (List<(int, int)>)[(100, 10), (1000, 100), (10_000, 1000), (10_000, 2000), (20_000, 2000)])
        {
            Measure(writer, endpoints, policies);
        }
    }

    private static void Measure(TextWriter writer, int endpoints, int policies)
    {
        PolicyWorld world = Worlds.World(endpoints, policies);
        PolicyCompiler.Load(Worlds.World(50, 5), "n0").TakeChange();     // code is compiled now
        var watch = Stopwatch.StartNew();
        PolicyCompiler compiler = PolicyCompiler.Load(world, "n0");
        compiler.TakeChange();
        double load = watch.Elapsed.TotalMilliseconds;
        int touched = 0;
        List<double> arriving = Times(i =>
        {
            PolicyEndpoint endpoint = Worlds.Endpoint(endpoints + i, policies, "n0");
            compiler.Set(endpoint);
            touched = Math.Max(touched, compiler.TakeChange().Size);
        });
        List<double> labelling = Times(i =>
        {
            compiler.Set(Worlds.Endpoint(endpoints + (i % 10), policies, "n0") with { Labels = LabelSet.From([new("app", $"app{(i * 7) % policies}"), new("tier", "back")]) });
            compiler.TakeChange();
        });
        List<double> writing = Times(i =>
        {
            compiler.Set(Worlds.Policy(i % policies, policies, port: (ushort)(1000 + i)));
            compiler.TakeChange();
        });
        writer.WriteLine($"{endpoints,9} {policies,8} | {load,7:f0} | {At(arriving, 0.5),8:f0} {At(arriving, 0.99),8:f0} | {At(labelling, 0.5),6:f0} {At(labelling, 0.99),6:f0} | {At(writing, 0.5),6:f0} {At(writing, 0.99),6:f0} | {touched}");
    }

    private static List<double> Times(Action<int> action)
    {
        List<double> times = [];
        for (int i = 0; i < Repetitions; i++)
        {
            var watch = Stopwatch.StartNew();
            action(i);
            times.Add(watch.Elapsed.TotalMicroseconds);
        }
        times.Sort();
        return times;
    }

    private static double At(List<double> sorted, double quantile) => sorted[(int)(quantile * (sorted.Count - 1))];
}
