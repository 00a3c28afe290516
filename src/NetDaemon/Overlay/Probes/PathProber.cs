using System.Net.Sockets;
using Weft.Contracts.V1;
using Weft.Dataplane;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// Finds out in the background whether packets of full size reach each other node, and says so; moves no route. Answers other nodes that ask. At most <see cref="PacketsASecond"/> packets
/// are sent, and <see cref="AtOnce"/> nodes tried at a time. All networks cross the same underlay, so one network's tunnel stands for all.
/// </summary>
/// <param name="kernel">Whose overlays are tried.</param>
/// <param name="largestMtu">Bytes of the largest packet that a container may send, whatever the overlay carries.</param>
/// <param name="checksums">What follows from checksums that do not arrive.</param>
/// <param name="isAlive">Whether a node's weftd is heard of; null: not known.</param>
/// <param name="health">Where it says how the ways are.</param>
/// <param name="time">For times.</param>
/// <param name="logger">Where findings are reported that changed.</param>
internal sealed class PathProber(
    NodeKernel kernel,
    Func<int> largestMtu,
    ChecksumRemedy checksums,
    Func<string, CancellationToken, Task<bool?>> isAlive,
    HealthBoard health,
    TimeProvider time,
    ILogger<PathProber> logger) : INodePaths
{
    /// <summary>Questions a second, to all nodes together.</summary>
    public const int PacketsASecond = 50;

    /// <summary>Nodes that are tried at a time.</summary>
    public const int AtOnce = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly PathBook _book = new(time);
    private readonly PacketBudget _budget = new(PacketsASecond, time);
    private readonly HashSet<Task> _running = [];
    private IReadOnlyList<OverlayPlan>? _plans;
    private ProbeWire? _wire;
    private string? _whyNone;      // why there is no wire, as it was logged
    private ushort _port;
    private volatile bool _hasNews;

    public IReadOnlyDictionary<string, NodePath> ByNode()
    {
        var paths = new Dictionary<string, NodePath>(StringComparer.Ordinal);
        foreach ((ProbeTarget target, PathFinding finding, DateTimeOffset? tried, TimeSpan? roundTrip) in _book.All())
        {
            paths[target.Name] = new NodePath
            {
                State = Describe(finding.State),
                Mtu = (uint)finding.Fits,
                WantedMtu = (uint)target.Mtu,
                ProbedUnixMs = tried?.ToUnixTimeMilliseconds() ?? 0,
                RoundTripUs = (uint)(roundTrip?.TotalMicroseconds ?? 0),
            };
        }
        return paths;
    }

    /// <summary>Probes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                _running.RemoveWhere(t => t.IsCompleted);
                await LookAsync();
                Report();
                if (_wire is { } wire)
                {
                    foreach (PeerPath path in _book.Take(AtOnce - _running.Count))
                    {
                        _running.Add(TryAsync(wire, path, cancellationToken));
                    }
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        finally
        {
            foreach (Task task in _running)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            await CloseAsync();
        }
    }

    /// <summary>Follows the plans, and the device wherever it was made anew.</summary>
    private async Task LookAsync()
    {
        IReadOnlyList<OverlayPlan>? plans = kernel.Overlays;
        OverlayPlan? plan = plans?.FirstOrDefault(p => p.Device is not null);
        int link = plan is null ? 0 : kernel.OverlayIndexOf(plan.Network.Device);
        if (_wire is { } wire && (wire.IsBroken || wire.LinkIndex != link || !wire.Serves(plan!)))
        {
            await CloseAsync();
        }
        if (_wire is null && link != 0)
        {
            try
            {
                (_wire, _port) = (ProbeWire.Open(plan!, link, time, kernel.Namespace), plan!.Network.Port);
                _wire.Peers = _book.ByAddress();
                _whyNone = null;
            }
            catch (Exception e) when (e is SocketException or KernelException)
            {
                if (_whyNone != e.Message)
                {
                    OverlayLog.NoProbes(logger, _whyNone = e.Message);
                }
            }
        }
        if (!ReferenceEquals(plans, _plans))
        {
            _plans = plans;
            int mtu = Math.Min(plan?.Device?.Mtu ?? 0, largestMtu());
            _book.Set(plan is null ? [] : [.. plan.Peers.Select(p => Target(plan, p, mtu))]);
            _wire?.Peers = _book.ByAddress();
            _hasNews = true;
        }
    }

    private async Task TryAsync(ProbeWire wire, PeerPath path, CancellationToken cancellationToken)
    {
        ProbeTarget target = path.Target;
        var exchange = new ProbeExchange(wire, target, _budget, time);
        PathFinding? finding = null;
        try
        {
            PathFinding found = await PathSearch.RunAsync(
                target.Smallest, target.Mtu, path.Finding, (size, mayFragment) => exchange.AskAsync(size, mayFragment, cancellationToken));
            if (wire.IsBroken)
            {
                return;     // no answer could have been heard
            }
            finding = found.State != PathState.Silent ? found : await isAlive(target.Name, cancellationToken) switch
            {
                true => found,
                false => new PathFinding(PathState.Away),
                null => null,
            };
        }
        finally
        {
            if (_book.Done(path, finding, exchange.RoundTrip))
            {
                OverlayLog.PathFound(logger, target.Name, finding?.State ?? PathState.Unknown, finding?.Fits ?? 0, target.Mtu);
            }
            _hasNews = true;
        }
        if (finding is { Fits: > 0 } && _book.IsChecksumDue(path))
        {
            await checksums.TryAsync(target, exchange, cancellationToken);
        }
    }

    private void Report()
    {
        if (!_hasNews)
        {
            return;
        }
        _hasNews = false;
        string text = PathReport.Of(_book.All(), _port, out bool isProblem);
        if (isProblem)
        {
            health.Degraded(HealthBoard.Paths, text);
        }
        else
        {
            health.Ok(HealthBoard.Paths, text);
        }
    }

    private async Task CloseAsync()
    {
        if (_wire is { } wire)
        {
            _wire = null;
            await wire.DisposeAsync();
        }
    }

    private static NodePathState Describe(PathState state) => state switch
    {
        PathState.Open => NodePathState.Open,
        PathState.Narrow => NodePathState.Narrow,
        PathState.Fragmented => NodePathState.Fragmented,
        PathState.Silent => NodePathState.Unreachable,
        PathState.Away => NodePathState.Away,
        _ => NodePathState.Unspecified,
    };

    private static ProbeTarget Target(OverlayPlan plan, OverlayPeer peer, int mtu) => new(
        peer.Node.Number, peer.Node.Name, peer.Underlay, peer.Mac, mtu, OverlayMtu.Overhead(plan.Network.Underlay), peer.IsDirect);
}
