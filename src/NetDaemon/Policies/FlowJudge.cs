using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using Weft.Dataplane;
using Weft.Dataplane.Conntrack;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Kernel;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// Ends tracked flows that policies forbid: the rules ask a flow's first packet alone. A look reads the kernel's whole table, so one look serves what changed within a moment, and looks
/// take a tenth of the time at most. The rules have changed by then; of a TCP flow that is deleted, no later segment passes. Thread-safe.
/// </summary>
internal sealed class FlowJudge : IAsyncDisposable
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);
    private const int RestPerLook = 9;      // times as long as the look took

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _closing = new();
    private readonly PolicyEngine _policy;
    private readonly ConntrackSocket _socket;
    private readonly RouteSocket _routes;
    private readonly ILogger _logger;
    private readonly Task _loop;

    /// <param name="policy">Says what is allowed.</param>
    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    public FlowJudge(PolicyEngine policy, ILogger logger, NetworkNamespace? within = null)
    {
        (_policy, _logger) = (policy, logger);
        _socket = ConntrackSocket.Open(within);
        _routes = RouteSocket.Open(within);
        _loop = RunAsync();
    }

    /// <summary>Has all flows judged, soon.</summary>
    public void Recheck()
    {
        if (_policy.HasPolicies && !_policy.KeepsEstablished)
        {
            _wake.Writer.TryWrite(true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _wake.Writer.Complete();
        await _closing.CancelAsync();
        await _loop;
        _closing.Dispose();
        _socket.Dispose();
        _routes.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (bool _ in _wake.Reader.ReadAllAsync())
        {
            await PauseAsync(Gathering);
            long start = Stopwatch.GetTimestamp();
            try
            {
                Look();
            }
            catch (KernelException e)
            {
                KernelLog.FlowsNotJudged(_logger, e.Message);
                await PauseAsync(TimeSpan.FromSeconds(1));
                Recheck();
            }
            await PauseAsync(RestPerLook * Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Ends at once when this object is disposed of.</summary>
    private async Task PauseAsync(TimeSpan time) => await Task.Delay(time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Look()
    {
        PolicyWorld world = _policy.World;
        HashSet<IPAddress> node = [.. _routes.Addresses().Select(address => address.Address.Address)];
        var evaluator = new PolicyEvaluator(world);
        List<ConntrackEntry> forbidden = [.. _socket.Entries().Where(flow => IsForbidden(flow, evaluator, node))];
        if (forbidden.Count > 0)
        {
            _socket.Delete(forbidden);
            KernelLog.FlowsEnded(_logger, forbidden.Count);
        }
    }

    /// <summary>Whether this node's rules would drop the flow's first packet now.</summary>
    private bool IsForbidden(ConntrackEntry flow, PolicyEvaluator evaluator, HashSet<IPAddress> node)
    {
        // As the rules see it: behind the translation of its destination, before that of its source.
        (IPAddress source, IPAddress destination) = (flow.Original.Source, flow.Reply.Source);
        if (node.Contains(source) || source.Equals(destination))
        {
            return false;       // the node reaches its own containers; what it sends elsewhere is for host policies, whose classes are asked once a flow
        }
        var protocol = (L4Protocol)flow.Original.Protocol;
        var judged = new Flow(Party.At(evaluator.World, source), Party.At(evaluator.World, destination), protocol, protocol.HasPorts() ? flow.Reply.SourcePort : (ushort)0);
        Verdict verdict = evaluator.Evaluate(judged);
        return (IsOwn(judged.Source) && !verdict.Egress.Allowed) || (IsOwn(judged.Destination) && !verdict.Ingress.Allowed);
    }

    private bool IsOwn(Party party) => party.Endpoint is { } endpoint && endpoint.Node == _policy.Node;
}
