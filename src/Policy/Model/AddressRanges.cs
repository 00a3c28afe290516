using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Weft.Policy.Model;

/// <summary>A set of IPv4 and IPv6 addresses as sorted, disjoint intervals that do not touch. Immutable, compared by content.</summary>
public sealed class AddressRanges : IEquatable<AddressRanges>
{
    public static readonly AddressRanges None = new([], []);

    private readonly ImmutableArray<NumberInterval> _v4;
    private readonly ImmutableArray<NumberInterval> _v6;

    private AddressRanges(ImmutableArray<NumberInterval> v4, ImmutableArray<NumberInterval> v6) => (_v4, _v6) = (v4, v6);

    public bool IsEmpty => _v4.IsEmpty && _v6.IsEmpty;

    /// <summary>First and last addresses, IPv4 before IPv6, ascending.</summary>
    public IEnumerable<(IPAddress First, IPAddress Last)> Intervals =>
        Convert(AddressFamily.InterNetwork, _v4).Concat(Convert(AddressFamily.InterNetworkV6, _v6));

    public static AddressRanges Of(Cidr range) => Of([range]);

    public static AddressRanges Of(IEnumerable<Cidr> ranges)
    {
        ILookup<AddressFamily, NumberInterval> byFamily =
            ranges.ToLookup(range => range.Family, range => new NumberInterval(range.Network, range.Network + range.LastOffset));
        return new AddressRanges(NumberInterval.Union(byFamily[AddressFamily.InterNetwork]), NumberInterval.Union(byFamily[AddressFamily.InterNetworkV6]));
    }

    public AddressRanges Union(AddressRanges other) => new(NumberInterval.Union(_v4.Concat(other._v4)), NumberInterval.Union(_v6.Concat(other._v6)));

    /// <summary>These without those.</summary>
    public AddressRanges Except(AddressRanges other) => new(NumberInterval.Except(_v4, other._v4), NumberInterval.Except(_v6, other._v6));

    public bool Contains(IPAddress address)
    {
        ImmutableArray<NumberInterval> intervals = address.AddressFamily == AddressFamily.InterNetwork ? _v4 : _v6;
        UInt128 number = AddressNumber.Of(address);
        int low = 0, high = intervals.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (number < intervals[middle].First)
            {
                high = middle - 1;
            }
            else if (number > intervals[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }
        return false;
    }

    public bool Equals(AddressRanges? other) => other is not null && _v4.AsSpan().SequenceEqual(other._v4.AsSpan()) && _v6.AsSpan().SequenceEqual(other._v6.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as AddressRanges);

    public override int GetHashCode() => HashCode.Combine(_v4.Length, _v6.Length, _v4.FirstOrDefault(), _v6.FirstOrDefault());

    /// <summary>Canonical: "10.0.0.0-10.0.0.255 fd00::-fd00::ff".</summary>
    public override string ToString() => string.Join(' ', Intervals.Select(interval => $"{interval.First}-{interval.Last}"));

    private static IEnumerable<(IPAddress First, IPAddress Last)> Convert(AddressFamily family, ImmutableArray<NumberInterval> intervals) =>
        intervals.Select(interval => (AddressNumber.ToAddress(family, interval.First), AddressNumber.ToAddress(family, interval.Last)));
}
