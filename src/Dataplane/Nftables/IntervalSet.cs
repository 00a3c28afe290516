using System.Net;

namespace Weft.Dataplane.Nftables;

/// <summary>Ranges for sets with the flag interval, which refuse ranges that overlap.</summary>
public static class IntervalSet
{
    /// <summary>
    /// The same values in as few ranges as possible, ascending: those that overlap or touch become one. For sets, not for maps: what
    /// elements hold besides their range is dropped.
    /// </summary>
    /// <exception cref="ArgumentException">The values differ in size.</exception>
    public static List<NftElement> Merge(IEnumerable<NftElement> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        List<NftElement> sorted = [.. ranges];
        sorted.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        var merged = new List<NftElement>(sorted.Count);
        foreach (NftElement range in sorted)
        {
            if (range.Key.Length != sorted[0].Key.Length)
            {
                throw new ArgumentException($"ranges of {sorted[0].Key.Length} and of {range.Key.Length} bytes cannot be in one set", nameof(ranges));
            }
            if (merged.Count > 0 && Touches(merged[^1].Last, range.Key))
            {
                NftValue last = range.Last > merged[^1].Last ? range.Last : merged[^1].Last;
                merged[^1] = NftElement.Range(merged[^1].Key, last);
            }
            else
            {
                merged.Add(NftElement.Range(range.Key, range.Last));
            }
        }
        return merged;
    }

    /// <summary>The addresses of all networks, which are of one family, in as few ranges as possible.</summary>
    public static List<NftElement> Of(IEnumerable<IPNetwork> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        return Merge(networks.Select(NftElement.Prefix));
    }

    private static bool Touches(NftValue last, NftValue next) => next <= last || last.Next() == next;
}
