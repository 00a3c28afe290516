using System.Threading.Channels;
using Weft.Dataplane;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Kernel;

/// <summary>Why the kernel is looked at.</summary>
internal enum ReconcileCause
{
    Start,
    Configuration,
    Foreign,
    Periodic,
    Collection,
}

/// <summary>Decides when the kernel is brought in line, does it, and says what it had to do.</summary>
internal sealed class Reconciler(
    NodeKernel kernel,
    NetworkCatalog catalog,
    AddressAllocator allocator,
    AttachmentTable attachments,
    NodeLock nodeLock,
    HealthBoard health,
    ILogger<Reconciler> logger) : IAsyncDisposable
{
    private const int MostShown = 6;

    private readonly Channel<string> _suspicions = Channel.CreateBounded<string>(
        new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly CancellationTokenSource _stop = new();
    private KernelWatcher? _watcher;
    private Task _loop = Task.CompletedTask;

    /// <summary>Looks once.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="suspect">Who or what changed something, if that is known.</param>
    /// <returns>The number of operations that were needed.</returns>
    public async Task<int> RunAsync(ReconcileCause cause, string suspect = "") => (await LookAsync(cause, suspect)).Operations;

    /// <summary>Looks once, and returns all that was found.</summary>
    public async Task<ReconcileReport> LookAsync(ReconcileCause cause, string suspect = "")
    {
        using (await nodeLock.EnterAsync())
        {
            ReconcileReport report;
            try
            {
                NetworkSnapshot networks = catalog.Current;
                List<Cidr> blocks = [.. allocator.Usage([.. networks.Pools]).SelectMany(u => u.Blocks).Select(b => b.Cidr)];
                report = kernel.Reconcile(networks, blocks, attachments.All);
            }
            catch (KernelException e)
            {
                report = new ReconcileReport(0, [], [e.Message]);
            }
            Report(report, cause, suspect);
            return report;
        }
    }

    /// <summary>Starts to follow what others change, and to repair it.</summary>
    /// <param name="portGone">Told, on a thread that must not block, of each host end that vanishes without a DEL.</param>
    /// <param name="heard">Told, likewise, of every notification of links, addresses and routes.</param>
    /// <param name="receiveBuffer">Bytes in which the kernel's notifications wait; when they are full, everything is looked at.</param>
    public void Watch(Action<string>? portGone = null, Action<RouteEvent>? heard = null, int receiveBuffer = RouteMonitor.DefaultReceiveBuffer)
    {
        _watcher = new KernelWatcher(kernel, catalog, attachments, reason => _suspicions.Writer.TryWrite(reason), portGone ?? (_ => { }), heard ?? (_ => { }), receiveBuffer);
        _loop = RepairAsync();
    }

    /// <summary>Says how the overlays are. Other nodes that are not reached are no reason to refuse containers.</summary>
    public void ReportOverlays()
    {
        if (kernel.Overlays is not { Count: > 0 } overlays)
        {
            return;
        }
        foreach (string problem in kernel.OverlayProblems)
        {
            KernelLog.NotAsPlanned(logger, problem);
        }
        if (kernel.OverlayProblems.Count > 0)
        {
            health.Degraded(HealthBoard.Overlay, kernel.OverlayProblems[0]);
            return;
        }
        OverlayPeer[] peers = [.. overlays.SelectMany(o => o.Peers).DistinctBy(p => p.Node.Number)];
        int direct = peers.Count(p => p.IsDirect);
        health.Ok(HealthBoard.Overlay, $"{peers.Length} other nodes as planned{(direct > 0 ? $", {direct} of them without a tunnel" : "")}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _watcher?.Dispose();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RepairAsync()
    {
        while (await _suspicions.Reader.WaitToReadAsync(_stop.Token))
        {
            var reasons = new HashSet<string>(StringComparer.Ordinal);
            while (_suspicions.Reader.TryRead(out string? reason))
            {
                reasons.Add(reason);
            }
            await RunAsync(ReconcileCause.Foreign, Shorten([.. reasons], ", ", reasons.Count));
        }
    }

    private static string Shorten(IReadOnlyList<string> first, string separator, int all) =>
        string.Join(separator, first.Take(MostShown)) + (all > MostShown ? $"{separator}and {all - MostShown} more" : "");

    private void Report(ReconcileReport report, ReconcileCause cause, string suspect)
    {
        string changes = Shorten(report.Changes, "; ", report.Operations);
        switch (cause)
        {
            case ReconcileCause.Start:
                KernelLog.Started(logger, report.Operations);
                break;
            case ReconcileCause.Configuration when report.Operations > 0:
                KernelLog.Reconfigured(logger, changes);
                break;
            case ReconcileCause.Foreign or ReconcileCause.Periodic or ReconcileCause.Collection when report.Operations > 0:
                KernelLog.Repaired(logger, suspect.Length > 0 ? $" after {suspect}" : "", changes);
                health.Repaired($"{(suspect.Length > 0 ? $"after {suspect}: " : "")}{changes}");
                break;
        }
        ReportOverlays();
        if (report.Problems.Count == 0)
        {
            health.Ok(HealthBoard.Rules, "in force");
            if (kernel.HairpinProblem is { } hairpin)
            {
                KernelLog.NotAsPlanned(logger, hairpin);
                health.Degraded(HealthBoard.Bridges, hairpin);
                return;
            }
            health.Ok(HealthBoard.Bridges, $"{catalog.Current.All.Count} as planned");
            return;
        }
        foreach (string problem in report.Problems)
        {
            KernelLog.NotAsPlanned(logger, problem);
        }
        if (kernel.WhyUnusable is { } why)
        {
            health.Failed(HealthBoard.Rules, why);
            return;
        }
        health.Ok(HealthBoard.Rules, "in force");
        health.Failed(HealthBoard.Bridges, report.Problems[0]);
    }
}
