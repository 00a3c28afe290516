using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Scale;

/// <summary>Starts of weftd, with nothing in the kernel or with everything.</summary>
internal sealed partial class Starts(Options options, SimulatedCluster cluster, Report report)
{
    private static readonly string Snapshot = Path.Combine(Weftd.State, "store.snapshot");

    /// <summary>A start that has to program everything, some times.</summary>
    /// <param name="withCopy">Whether weftd has its copy of the store on disk.</param>
    /// <returns>What `nft` prints of weftd's rules.</returns>
    public string Cold(bool withCopy)
    {
        List<double> ready = [], kernel = [], waited = [], most = [];
        string rules = "";
        for (int i = 0; i < options.Starts; i++)
        {
            KernelTables.Empty();
            if (!withCopy)
            {
                File.Delete(Snapshot);
            }
            using var observer = new KernelObserver();
            using Weftd weftd = Weftd.Start(options);
            double wait = weftd.Log.Select(l => Waited().Match(l)).Where(m => m.Success).Select(m => double.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Sum();
            kernel.Add(Stopwatch.GetElapsedTime(weftd.Began, Settled(observer).Last).TotalSeconds - wait);
            ready.Add(weftd.UntilReady.TotalSeconds - wait);
            waited.Add(wait);
            most.Add(weftd.Resident.Most);
            KernelTables.Verify(cluster);
            rules = Command.Run("nft", "list", "table", "inet", "weft").Output;
        }
        report.Line($"* cold start, {(withCopy ? "with the copy on disk" : "without a copy")}: kernel complete after {Report.Each(kernel)} s, socket answers after {Report.Each(ready)} s{(withCopy ? "" : $", besides a wait before the list of {Report.Each(waited)} s")}; at most {Report.Each(most)} MB resident");
        return rules;
    }

    /// <summary>Where a cold start's time goes, by strace: in a run of its own, which is slower for it.</summary>
    public void Traced()
    {
        KernelTables.Empty();
        string file = Path.GetTempFileName();
        using (var observer = new KernelObserver())
        {
            using Weftd weftd = Weftd.Start(options, NetlinkTimes.Trace(file));
            Settled(observer);
            KernelTables.Verify(cluster);
        }
        NetlinkTimes times = NetlinkTimes.Read(file);
        report.Line($"* the kernel's part of that: {times.Route + times.Netfilter:0.00} s in {times.Calls} calls on netlink sockets (rtnetlink {times.Route:0.00} s, nf_tables {times.Netfilter:0.00} s)");
        File.Delete(file);
    }

    /// <summary>The same objects by hand.</summary>
    public void ByHand(string rules)
    {
        KernelTables.Empty();
        var times = Enumerable.Range(0, options.Starts).Select(_ => HandMade.Load(cluster, rules)).ToList();
        report.Line($"* the same by hand: {Report.Each(times.Select(t => (t.Route + t.Bridge + t.Nft).TotalSeconds))} s (ip -batch {Report.Each(times.Select(t => t.Route.TotalSeconds))}, bridge -batch {Report.Each(times.Select(t => t.Bridge.TotalSeconds))}, nft -f {Report.Each(times.Select(t => t.Nft.TotalSeconds))})");
    }

    /// <summary>Starts with everything in the kernel already.</summary>
    public void Warm()
    {
        using (Weftd.Start(options))
        {
            // What the measured ones find.
        }
        List<double> ready = [];
        int notifications = 0, operations = 0;
        for (int i = 0; i < options.Starts; i++)
        {
            using var observer = new KernelObserver();
            using Weftd weftd = Weftd.Start(options);
            KernelTally tally = Settled(observer);
            ready.Add(weftd.UntilReady.TotalSeconds);
            notifications += tally.Overlay + tally.Others;
            operations += weftd.Log.Select(l => Operations().Match(l)).Where(m => m.Success).Sum(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            KernelTables.Verify(cluster);
        }
        report.Line($"* {options.Starts} restarts with nothing changed: {operations} operations by weftd's own count, {notifications} notifications of rtnetlink; socket answers after {Report.Each(ready)} s");
    }

    /// <summary>All that happens until nothing has happened for half a second.</summary>
    private static KernelTally Settled(KernelObserver observer)
    {
        KernelTally before;
        do
        {
            before = observer.Tally;
            Thread.Sleep(500);
        }
        while (observer.Tally != before);
        return before;
    }

    [GeneratedRegex(@"lists them in ([0-9.]+) s")]
    private static partial Regex Waited();

    [GeneratedRegex(@"Start: ([0-9]+) kernel operations")]
    private static partial Regex Operations();
}
