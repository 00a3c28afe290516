using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>What of all traffic from one end to another is allowed.</summary>
/// <param name="Ports">For tcp, udp and sctp: the allowed ports as sorted ranges.</param>
/// <param name="Icmp">Whether ICMP is.</param>
/// <param name="Other">Whether any further protocol is.</param>
public sealed record TrafficSet(ImmutableSortedDictionary<L4Protocol, ImmutableArray<PortRange>> Ports, bool Icmp, bool Other)
{
    public bool IsEmpty => !Icmp && !Other && Ports.Values.All(ranges => ranges.IsEmpty);

    /// <summary>"everything", "nothing", or a list such as "tcp/80, tcp/443, udp".</summary>
    public override string ToString()
    {
        if (IsEmpty)
        {
            return "nothing";
        }
        if (Icmp && Other && Ports.Values.All(IsWhole))
        {
            return "everything";
        }
        IEnumerable<string> words = Ports.SelectMany(pair => IsWhole(pair.Value) ? [pair.Key.Word()] : pair.Value.Select(range => $"{pair.Key.Word()}/{range}"));
        return string.Join(", ", words.Concat(Icmp ? ["icmp"] : []).Concat(Other ? ["other protocols"] : []));
    }

    public bool Equals(TrafficSet? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static bool IsWhole(ImmutableArray<PortRange> ranges) => ranges is [{ First: <= 1, Last: ushort.MaxValue }];
}
