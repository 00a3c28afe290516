using System.Threading.Channels;
using Weft.Dataplane;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// Keeps the overlays as nodes, blocks and networks say: what changed of nodes and blocks goes to the kernel by itself, what changes devices or rules by a look at everything.
/// Thread-safe; not to be called with the <see cref="NodeLock"/> held.
/// <code>
/// nodes ---+
/// blocks --+--> plans --+--> same devices: the difference alone, without a look at the kernel
/// networks-+            +--> other devices, or a problem: rules, bridges and devices are looked at
/// </code>
/// </summary>
internal sealed class OverlayFollower(
    INodeDirectory nodes, BlockDirectory blocks, NetworkCatalog catalog, NodeKernel kernel, NodeLock nodeLock, Reconciler reconciler, ILogger<OverlayFollower> logger)
    : IDisposable
{
    private const int MostShown = 12;

    // A node and its blocks come by watches of their own, a moment apart. Together they are fewer operations: of a node that leaves, routes need not be taken away one by one.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly OverlayPlanner _planner = new();

    /// <summary>This node as it is now, whatever others think that it is. To be set before anything is planned.</summary>
    public required KnownNode Own { get; set; }

    /// <summary>Addresses away from their blocks. To be set before anything is planned.</summary>
    public required BlockDirectory Moved { get; init; }

    /// <summary>Sets what the first look is to bring about. Called once, before it.</summary>
    public void Begin() => Adopt(Build());

    /// <summary>Carries out changes of nodes and blocks as they come, until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        return Task.WhenAll(
            TellAsync(nodes.FollowAsync(cancellationToken), changed),
            TellAsync(blocks.FollowAsync(cancellationToken), changed),
            TellAsync(Moved.FollowAsync(cancellationToken), changed),
            CarryOutAsync(changed, cancellationToken));
    }

    /// <summary>Carries out what has changed of nodes and blocks.</summary>
    public async Task UpdateAsync()
    {
        if (!await TryChangeAsync())
        {
            await reconciler.RunAsync(ReconcileCause.Configuration);
        }
    }

    /// <summary>Carries out a change of networks: looks at everything, with the overlays that belong to them.</summary>
    public async Task ReconfigureAsync()
    {
        await _one.WaitAsync();
        try
        {
            IReadOnlyList<OverlayPlan> plans = Build();
            using (await nodeLock.EnterAsync())
            {
                Adopt(plans);
            }
        }
        finally
        {
            _one.Release();
        }
        await reconciler.RunAsync(ReconcileCause.Configuration);
    }

    public void Dispose() => _one.Dispose();

    private static async Task TellAsync<T>(IAsyncEnumerable<T> changes, ChannelWriter<bool> changed)
    {
        await foreach (T _ in changes)
        {
            changed.TryWrite(true);
        }
    }

    private async Task CarryOutAsync(ChannelReader<bool> changed, CancellationToken cancellationToken)
    {
        while (await changed.WaitToReadAsync(cancellationToken))
        {
            await Task.Delay(Gathering, cancellationToken);
            changed.TryRead(out _);
            await UpdateAsync();
        }
    }

    /// <returns>False when everything must be looked at; then the look will find the new plans.</returns>
    private async Task<bool> TryChangeAsync()
    {
        await _one.WaitAsync();
        try
        {
            IReadOnlyList<OverlayPlan> plans = Build();
            using (await nodeLock.EnterAsync())
            {
                if (!HasDevicesOf(plans))
                {
                    Adopt(plans);
                    return false;
                }
                return Change(plans);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private bool Change(IReadOnlyList<OverlayPlan> plans)
    {
        ReconcileReport report;
        try
        {
            report = kernel.ChangeOverlays(plans);
        }
        catch (KernelException e)
        {
            Adopt(plans);
            OverlayLog.LooksAgain(logger, e.Message);
            return false;
        }
        if (report.Operations > 0)
        {
            string more = report.Operations > MostShown ? $"; and {report.Operations - MostShown} more" : "";
            OverlayLog.Changed(logger, report.Operations, string.Join("; ", report.Changes.Take(MostShown)) + more);
        }
        // Those of the overlays are reported, and stay until facts change. Any other is of the rules: they are compared with the kernel's.
        if (report.Problems.Count > kernel.OverlayProblems.Count)
        {
            OverlayLog.LooksAgain(logger, report.Problems[0]);
            return false;
        }
        reconciler.ReportOverlays();
        return true;
    }

    private IReadOnlyList<OverlayPlan> Build() => _planner.Build(catalog.Current, nodes.Current, blocks.Current, Own, Moved.Current);

    private void Adopt(IReadOnlyList<OverlayPlan> plans)
    {
        kernel.Overlays = plans;
        // All overlays cross the same underlay, so their devices have one MTU.
        int? mtu = plans.Select(p => p.Device?.Mtu).Min();
        if (catalog.LimitMtu(mtu) && mtu is { } bytes)
        {
            OverlayLog.MtuChanged(logger, bytes);
        }
    }

    /// <summary>Whether rules, devices and bridges are the same with these plans.</summary>
    private bool HasDevicesOf(IReadOnlyList<OverlayPlan> plans) => kernel.Overlays is { } present
        && present.Select(KeyOf).SequenceEqual(plans.Select(KeyOf));

    private static (OverlayNetwork Network, VxlanSpec? Device) KeyOf(OverlayPlan plan) => (plan.Network, plan.Device);
}
