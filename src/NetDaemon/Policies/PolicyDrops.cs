using System.Net;
using Weft.Contracts.V1;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.PacketLog;
using Weft.NetDaemon.Kernel;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// What policies drop, by name: counters of all of it, and the latest packets, of which each rule logs some a second. Thread-safe.
/// </summary>
internal sealed class PolicyDrops : IDisposable
{
    private const int Remembered = 256;

    private readonly PolicyEngine _engine;
    private readonly TimeProvider _time;
    private readonly NftSocket _socket;
    private readonly PacketLogMonitor? _log;
    private readonly Lock _lock = new();
    private readonly Queue<(DateTimeOffset At, LoggedPacket Packet)> _latest = new();

    /// <param name="engine">Knows policies and endpoints.</param>
    /// <param name="time">When packets came.</param>
    /// <param name="logger">Where it is said that there are no packets to be had.</param>
    /// <param name="within">The node's namespace; null: the process's own.</param>
    /// <exception cref="KernelException">No nf_tables.</exception>
    public PolicyDrops(PolicyEngine engine, TimeProvider time, ILogger logger, NetworkNamespace? within = null)
    {
        (_engine, _time) = (engine, time);
        _socket = NftSocket.Open(within);
        try
        {
            _log = PacketLogMonitor.Start(PolicyChains.LogGroup, Take, within);
        }
        catch (KernelException e)
        {
            PolicyLog.NoPackets(logger, PolicyChains.LogGroup, e.Message);
        }
    }

    /// <summary>What was dropped since each policy came into force here, and the latest packets, oldest first.</summary>
    /// <exception cref="KernelException">nf_tables does not answer.</exception>
    public ListDropsReply Snapshot()
    {
        PolicyWorld world = _engine.World;
        Dictionary<string, (PolicyName Policy, Direction Direction, bool Staged)> names = Names(world);
        var reply = new ListDropsReply();
        List<NftCounterInfo> counters;
        (DateTimeOffset, LoggedPacket)[] latest;
        lock (_lock)
        {
            counters = _socket.Counters(RoutedRules.Table);
            latest = [.. _latest];
        }
        foreach (NftCounterInfo counter in counters.Where(counter => counter.Packets > 0).OrderByDescending(counter => counter.Packets))
        {
            if (counter.Name == PolicyRules.PendingCounter)
            {
                reply.Counters.Add(new DropCount { By = new DroppedBy(), Packets = counter.Packets, Bytes = counter.Bytes });
            }
            else if (names.TryGetValue(counter.Name, out (PolicyName Policy, Direction Direction, bool Staged) known))
            {
                reply.Counters.Add(new DropCount { By = By(known), Packets = counter.Packets, Bytes = counter.Bytes });
            }
        }
        foreach ((DateTimeOffset at, LoggedPacket packet) in latest)
        {
            string name = packet.Prefix.StartsWith(PolicyChains.LogPrefix, StringComparison.Ordinal) ? packet.Prefix[PolicyChains.LogPrefix.Length..] : "";
            reply.Latest.Add(new DroppedPacket
            {
                UnixMs = at.ToUnixTimeMilliseconds(),
                By = names.TryGetValue(name, out (PolicyName Policy, Direction Direction, bool Staged) known) ? By(known) : new DroppedBy(),
                Source = packet.Source.ToString(),
                Destination = packet.Destination.ToString(),
                Protocol = packet.Protocol,
                SourcePort = packet.SourcePort,
                DestinationPort = packet.DestinationPort,
                SourceEndpoint = NameOf(world, packet.Source),
                DestinationEndpoint = NameOf(world, packet.Destination),
            });
        }
        return reply;
    }

    public void Dispose()
    {
        _log?.Dispose();
        _socket.Dispose();
    }

    private void Take(LoggedPacket packet)
    {
        lock (_lock)
        {
            _latest.Enqueue((_time.GetUtcNow(), packet));
            if (_latest.Count > Remembered)
            {
                _latest.Dequeue();
            }
        }
    }

    private static Dictionary<string, (PolicyName Policy, Direction Direction, bool Staged)> Names(PolicyWorld world)
    {
        Dictionary<string, (PolicyName, Direction, bool)> names = new(StringComparer.Ordinal);
        foreach (PolicyName policy in world.Policies.Keys)
        {
            foreach (Direction direction in (Direction[])[Direction.Ingress, Direction.Egress])
            {
                names[DropCounter.NameOf(policy, direction, staged: false)] = (policy, direction, false);
                names[DropCounter.NameOf(policy, direction, staged: true)] = (policy, direction, true);
            }
        }
        return names;
    }

    private static string NameOf(PolicyWorld world, IPAddress address) => world.EndpointAt(address)?.Name is { } name ? $"{name.Namespace}/{name.Name}" : "";

    private static DroppedBy By((PolicyName Policy, Direction Direction, bool Staged) known) => new()
    {
        Kind = known.Policy.Kind,
        Namespace = known.Policy.Namespace,
        Name = known.Policy.Name,
        Direction = known.Direction.ToString(),
        Staged = known.Staged,
    };
}
