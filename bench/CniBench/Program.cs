using System.Net.NetworkInformation;
using Weft.CniBench;

try
{
    Options options = Options.Parse(args);
    string[] links = [.. NetworkInterface.GetAllNetworkInterfaces().Select(link => link.Name).Where(name => name != "lo")];
    if (links.Length > 0)
    {
        throw new FormatException($"this network namespace has {string.Join(", ", links)}: run scripts/bench, which makes one of its own");
    }
    if (options.Work == "start")
    {
        StartBenchmark.Run(options);
    }
    else
    {
        Benchmark(options);
    }
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.Write(Options.Usage);
    return 2;
}

static void Benchmark(Options options)
{
    var machine = new QuietMachine(options.Patience);
    using Daemon daemon = Daemon.Start(options);
    Contender weft = Contenders.Weft(options, daemon.CniSocket), bridge = Contenders.Go(options);
    using var comparison = new Comparison(weft, bridge, options, machine);
    var report = new Report(Console.Out, weft.Label, bridge.Label);
    report.Machine(options);
    machine.Wait();
    long idle = daemon.ResidentKibibytes;
    var memory = new List<(int Pods, long Kibibytes)>();
    var parallel = new List<(int Pods, ParallelTimes Times)>();
    TimeSpan daemonCpu = TimeSpan.Zero;

    report.PairsHeader();
    foreach (int pods in options.Pods)
    {
        comparison.Fill(pods);
        TimeSpan before = daemon.Cpu;
        PairedSamples samples = comparison.OneAtATime();
        daemonCpu += daemon.Cpu - before;
        report.Pairs(pods, "ADD", samples.Adds);
        report.Pairs(pods, "DEL", samples.Deletes);
        if (options.Parallel > 0)
        {
            parallel.Add((pods, comparison.AtOnce()));
        }
        machine.Wait();
        memory.Add((pods, daemon.ResidentKibibytes));
    }
    if (parallel.Count > 0)
    {
        report.ParallelHeader(options.Parallel);
        parallel.ForEach(entry => report.Parallel(entry.Pods, entry.Times));
    }
    report.Line($"");
    report.Line($"weftd: {idle * 1024 / 1e6:0.0} MB resident when idle after its start, {string.Join(", ", memory.Select(entry => FormattableString.Invariant($"{entry.Kibibytes * 1024 / 1e6:0.0} MB with {entry.Pods} pods")))}; {daemonCpu.TotalMilliseconds / ((options.Samples + 1) * options.Pods.Count):0.0} ms CPU for one ADD and DEL.");
    report.Line($"Samples begun on a quiet machine: {machine.Quiet}, on a busy one: {machine.Busy}.");
}
