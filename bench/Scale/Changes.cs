using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Scale;

/// <summary>What other nodes do while weftd runs: one thing at a time, or many.</summary>
internal sealed partial class Changes(Options options, SimulatedCluster cluster, Report report, Weftd weftd)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Nodes change their address, join and leave: how long until the kernel knows, and by how many operations.</summary>
    public async Task OneAtATimeAsync()
    {
        using var observer = new KernelObserver();
        var turns = new Dictionary<string, (List<double> Times, List<int> Route, List<int> Rules, List<int> Own)>();
        SimulatedNode[] present = [.. cluster.Nodes];
        for (int i = 0; i < options.Events; i++)
        {
            KernelTally before = observer.Tally;
            int logged = weftd.Log.Count;
            (string what, string mark, int times, long began) = await ChangeAsync(i, present[i % present.Length]);
            long seen = await SeenAsync(observer, mark, times);
            await QuietAsync(observer);
            KernelTally tally = observer.Tally.Since(before);
            if (!turns.TryGetValue(what, out (List<double> Times, List<int> Route, List<int> Rules, List<int> Own) turn))
            {
                turns[what] = turn = ([], [], [], []);
            }
            turn.Times.Add(Stopwatch.GetElapsedTime(began, seen).TotalMilliseconds);
            turn.Route.Add(tally.Overlay);
            turn.Rules.Add(tally.Rulesets);
            turn.Own.Add(weftd.Log.Skip(logged).Select(l => Operations().Match(l)).Where(m => m.Success).Sum(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        }
        KernelTables.Verify(cluster);
        foreach ((string what, (List<double> times, List<int> route, List<int> rules, List<int> own)) in turns)
        {
            report.Line($"* {times.Count} nodes {what}: {Report.Spread(times)} from before the write to etcd until the kernel told of it; each at most {route.Max()} operations of rtnetlink and {rules.Max()} transactions of nf_tables ({own.Max()} operations by weftd's own count)");
        }
    }

    /// <summary>Containers start on other nodes: nothing to this one.</summary>
    public async Task ContainersAsync()
    {
        using var observer = new KernelObserver();
        SimulatedNode[] present = [.. cluster.Nodes];
        await QuietAsync(observer);
        (KernelTally kernel, EtcdCounters etcd, TimeSpan cpu) = (observer.Tally, await EtcdCounters.ReadAsync(options.Etcd), weftd.Cpu);
        for (int i = 0; i < options.Containers; i++)
        {
            await cluster.StartContainerAsync(present[i % present.Length], i);
        }
        await QuietAsync(observer);
        EtcdCounters now = await EtcdCounters.ReadAsync(options.Etcd);
        KernelTally tally = observer.Tally.Since(kernel);
        report.Line($"* {options.Containers} containers on other nodes: {now.Events - etcd.Events} events and {now.Messages - etcd.Messages} messages on weftd's watches, {tally.Overlay + tally.Others} notifications of rtnetlink and {tally.Rulesets} of nf_tables; {(weftd.Cpu - cpu).TotalMilliseconds} ms of weftd's CPU");
    }

    /// <summary>The same at a steady rate: whether weftd keeps up, and what it costs.</summary>
    public async Task SteadilyAsync()
    {
        using var observer = new KernelObserver();
        SimulatedNode[] present = [.. cluster.Nodes];
        (long start, TimeSpan cpu, KernelTally before) = (Stopwatch.GetTimestamp(), weftd.Cpu, observer.Tally);
        var events = new List<(string Mark, int Times, long Began)>();
        int count = options.Rate * options.Seconds;
        long late = 0;
        for (int i = 0; i < count; i++)
        {
            TimeSpan due = TimeSpan.FromSeconds((double)i / options.Rate) - Stopwatch.GetElapsedTime(start);
            late = Math.Max(late, (long)-due.TotalMilliseconds);
            await Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero);
            // From the other end than the single ones: those that moved there do not move again soon.
            (_, string mark, int times, long began) = await ChangeAsync(i, present[present.Length - 1 - (i % present.Length)]);
            events.Add((mark, times, began));
        }
        var seen = new List<double>();
        foreach ((string mark, int times, long began) in events)
        {
            seen.Add(Stopwatch.GetElapsedTime(began, await SeenAsync(observer, mark, times)).TotalMilliseconds);
        }
        TimeSpan spent = weftd.Cpu - cpu;
        await QuietAsync(observer);
        KernelTables.Verify(cluster);
        KernelTally tally = observer.Tally.Since(before);
        int third = count / 3;
        report.Line($"* {options.Rate} such changes a second for {options.Seconds} s: first third {Report.Spread(seen[..third])}; last third {Report.Spread(seen[^third..])}; the bench was at most {late} ms late. weftd: {spent.TotalSeconds / options.Seconds:P0} of a processor, {spent.TotalMilliseconds / count:0.0} ms each; {tally.Overlay} operations of rtnetlink, {tally.Rulesets} transactions of nf_tables");
    }

    // In turns: a node moves, one joins, one leaves.
    private async Task<(string What, string Mark, int Times, long Began)> ChangeAsync(int turn, SimulatedNode node)
    {
        switch (turn % 3)
        {
            case 0:
                long moved = await cluster.MoveAsync(node);
                return ("with another address", KernelObserver.Address(node.Underlay4), cluster.Networks, moved);
            case 1:
                (SimulatedNode joined, long began) = await cluster.JoinAsync();
                return ("that joined", KernelObserver.Joined(joined.Number), 2 * cluster.Networks, began);
            default:
                return ("that left", KernelObserver.Left(node.Number), cluster.Networks, await cluster.LeaveAsync(node));
        }
    }

    private static async Task<long> SeenAsync(KernelObserver observer, string mark, int times)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (observer.When(mark, times) is var when && when != 0)
            {
                return when;
            }
            if (Stopwatch.GetElapsedTime(start) > Longest)
            {
                throw new TimeoutException($"the kernel was not told of \"{mark}\" within {Longest.TotalSeconds} s");
            }
            await Task.Delay(1);
        }
    }

    private static async Task QuietAsync(KernelObserver observer)
    {
        KernelTally before;
        do
        {
            before = observer.Tally;
            await Task.Delay(Quiet);
        }
        while (observer.Tally != before);
    }

    [GeneratedRegex(@"changed: ([0-9]+) kernel operations")]
    private static partial Regex Operations();
}
