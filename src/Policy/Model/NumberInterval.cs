using System.Collections.Immutable;

namespace Weft.Policy.Model;

/// <summary>Numbers from a first to a last one, both included.</summary>
internal readonly record struct NumberInterval(UInt128 First, UInt128 Last)
{
    /// <summary>Sorted, disjoint, and joined where they touch.</summary>
    public static ImmutableArray<NumberInterval> Union(IEnumerable<NumberInterval> intervals)
    {
        ImmutableArray<NumberInterval>.Builder union = ImmutableArray.CreateBuilder<NumberInterval>();
        foreach (NumberInterval next in intervals.OrderBy(interval => interval.First))
        {
            // The last number there is has no next one: whatever begins after its interval is inside.
            if (union.Count > 0 && (union[^1].Last == UInt128.MaxValue || next.First <= union[^1].Last + 1))
            {
                union[^1] = union[^1] with { Last = UInt128.Max(union[^1].Last, next.Last) };
            }
            else
            {
                union.Add(next);
            }
        }
        return union.DrainToImmutable();
    }

    /// <summary>What of <paramref name="from"/> is not in <paramref name="without"/>; both as <see cref="Union"/> makes them.</summary>
    public static ImmutableArray<NumberInterval> Except(ImmutableArray<NumberInterval> from, ImmutableArray<NumberInterval> without)
    {
        ImmutableArray<NumberInterval>.Builder rest = ImmutableArray.CreateBuilder<NumberInterval>();
        int next = 0;
        foreach (NumberInterval interval in from)
        {
            while (next < without.Length && without[next].Last < interval.First)
            {
                next++;
            }
            UInt128 first = interval.First;
            bool open = true;
            for (int i = next; open && i < without.Length && without[i].First <= interval.Last; i++)
            {
                if (without[i].First > first)
                {
                    rest.Add(new NumberInterval(first, without[i].First - 1));
                }
                open = without[i].Last < interval.Last;
                first = open ? without[i].Last + 1 : first;
            }
            if (open)
            {
                rest.Add(new NumberInterval(first, interval.Last));
            }
        }
        return rest.DrainToImmutable();
    }
}
