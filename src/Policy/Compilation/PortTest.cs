using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>What a compiled rule asks of protocol and destination port.</summary>
public abstract record PortTest
{
    public static readonly PortTest Any = new Everything();

    /// <summary>Nothing: also ICMP and other protocols match.</summary>
    public sealed record Everything : PortTest
    {
        public override string ToString() => "any";
    }

    /// <summary>A protocol, and a port in one of some ranges.</summary>
    /// <param name="Protocol">The protocol.</param>
    /// <param name="Ranges">Sorted, disjoint, not touching; the one range 0 to 65535 means every port.</param>
    public sealed record Numbered(L4Protocol Protocol, ImmutableArray<PortRange> Ranges) : PortTest
    {
        public bool EveryPort => Ranges is [{ First: 0, Last: ushort.MaxValue }];

        public bool Equals(Numbered? other) => other is not null && Protocol == other.Protocol && Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan());

        public override int GetHashCode() => HashCode.Combine(Protocol, Ranges.Length, Ranges.FirstOrDefault());

        public override string ToString() => EveryPort ? Protocol.Word() : $"{Protocol.Word()} {{{string.Join(", ", Ranges)}}}";
    }

    /// <summary>Destination address, protocol and port are an element of a set, also on ingress.</summary>
    public sealed record Named(SetId Set) : PortTest
    {
        public override string ToString() => "@" + Set;
    }
}
