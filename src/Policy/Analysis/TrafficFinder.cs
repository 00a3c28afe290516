using System.Collections.Immutable;
using System.Net.Sockets;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>
/// Finds all traffic that policies allow between two ends, exactly: between two ports at which some rule begins or ends, the verdict is the same, so one port of each such range is judged.
/// </summary>
public sealed class TrafficFinder
{
    private const L4Protocol AnyOther = (L4Protocol)47;   // GRE, for all protocols without ports

    private static readonly L4Protocol[] WithPorts = [L4Protocol.Tcp, L4Protocol.Udp, L4Protocol.Sctp];

    private readonly PolicyEvaluator _evaluator;
    private readonly Dictionary<L4Protocol, SortedSet<int>> _starts;
    private readonly HashSet<string> _names;

    public TrafficFinder(PolicyEvaluator evaluator)
    {
        _evaluator = evaluator;
        _starts = WithPorts.ToDictionary(protocol => protocol, _ => new SortedSet<int> { 1 });
        List<PortRule> rules = [.. evaluator.World.Policies.Values
            .SelectMany(policy => (policy.Ingress ?? []).Concat(policy.Egress ?? []))
            .SelectMany(rule => rule.Ports is PortMatch.Listed listed ? listed.Ports : [])];
        PolicySettings settings = evaluator.World.Settings;
        foreach (PortRule.Numbered port in rules.OfType<PortRule.Numbered>().Concat(settings.FailSafe.Ingress).Concat(settings.FailSafe.Egress))
        {
            _starts[port.Protocol].Add(Math.Max(1, (int)port.Range.First));
            _starts[port.Protocol].Add(port.Range.Last + 1);
        }
        _names = [.. rules.OfType<PortRule.Named>().Select(port => port.Name)];
    }

    public TrafficSet Find(Party source, Party destination)
    {
        ImmutableSortedDictionary<L4Protocol, ImmutableArray<PortRange>>.Builder ports = ImmutableSortedDictionary.CreateBuilder<L4Protocol, ImmutableArray<PortRange>>();
        foreach (L4Protocol protocol in WithPorts)
        {
            ports[protocol] = Ranges(source, destination, protocol);
        }
        bool six = (source.Address ?? destination.Address)?.AddressFamily == AddressFamily.InterNetworkV6;
        return new TrafficSet(
            ports.ToImmutable(), Allowed(source, destination, six ? L4Protocol.Icmp6 : L4Protocol.Icmp, 0), Allowed(source, destination, AnyOther, 0));
    }

    private ImmutableArray<PortRange> Ranges(Party source, Party destination, L4Protocol protocol)
    {
        SortedSet<int> starts = _starts[protocol];
        NamedPort[] named = [.. (destination.Endpoint?.Ports ?? []).Where(port => port.Protocol == protocol && _names.Contains(port.Name))];
        if (named.Length > 0)
        {
            starts = [.. starts, .. named.Select(port => (int)port.Number), .. named.Select(port => port.Number + 1)];
        }
        int[] sorted = [.. starts.Where(start => start <= ushort.MaxValue)];
        IEnumerable<NumberInterval> allowed = sorted
            .Select((start, i) => (First: start, Last: i + 1 < sorted.Length ? sorted[i + 1] - 1 : ushort.MaxValue))
            .Where(range => Allowed(source, destination, protocol, (ushort)range.First))
            .Select(range => new NumberInterval((UInt128)range.First, (UInt128)range.Last));
        return [.. NumberInterval.Union(allowed).Select(interval => new PortRange((ushort)interval.First, (ushort)interval.Last))];
    }

    private bool Allowed(Party source, Party destination, L4Protocol protocol, ushort port) => _evaluator.Evaluate(new Flow(source, destination, protocol, port)).Allowed;
}
