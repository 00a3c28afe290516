using System.Globalization;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Store.Recovery;

/// <summary>
/// What numbers of nodes tell of an order without revisions: none is given twice, so of two records the one with the higher number is the later one, and who has lost its name
/// does not get it back (docs/decisions/0016-names-and-machines.md).
/// </summary>
internal static class NodeSuccession
{
    /// <summary>Whether what was known of a node came after what the store has of it. False for keys that are of no node.</summary>
    /// <param name="known">What was known.</param>
    /// <param name="present">What the store has at the same key.</param>
    public static bool IsLater(StoreEntry known, StoreEntry present)
    {
        if (known.Key == StoreKeys.LastNodeNumber)
        {
            return CounterOf(known) > CounterOf(present);
        }
        if (known.Key.StartsWith(StoreKeys.Nodes, StringComparison.Ordinal))
        {
            string name = known.Key[StoreKeys.Nodes.Length..];
            return KnownNode.TryRead(name, known.Value, out KnownNode? later, out _) && KnownNode.TryRead(name, present.Value, out KnownNode? earlier, out _) && later.Number > earlier.Number;
        }
        if (NumberOf(known) is not { } number)
        {
            return false;
        }
        (var was, var now) = (NumberHolder.Of(present), NumberHolder.Of(known));
        return (was.FormerName(number), now.FormerName(number)) switch
        {
            (null, not null) => true,
            (not null, null) => false,
            _ => was.Machine.Length == 0 && now == was with { Machine = now.Machine } && now.Machine.Length > 0,
        };
    }

    /// <summary>
    /// Numbers that the store has and that were taken from their nodes before <paramref name="known"/> was read: given up to then, and not there any more. Whoever was forgotten does not
    /// come back by a store, or a copy of it, from before.
    /// </summary>
    /// <param name="known">All keys of nodes, as of one moment.</param>
    /// <param name="present">What the store has below <see cref="StoreKeys.NodeNumbers"/>.</param>
    public static IEnumerable<StoreEntry> Forgotten(IReadOnlyCollection<StoreEntry> known, StoreRange present)
    {
        uint given = known.Where(e => e.Key == StoreKeys.LastNodeNumber).Select(CounterOf).FirstOrDefault();
        HashSet<string> numbers = [.. known.Where(e => NumberOf(e) is not null).Select(e => e.Key)];
        return present.Entries.Where(e => NumberHolder.NumberOf(e) is { } number && number <= given && !numbers.Contains(e.Key));
    }

    /// <summary>The highest number that any node ever had; 0 where an entry does not say.</summary>
    public static uint CounterOf(StoreEntry? counter) =>
        counter is not null && uint.TryParse(counter.Value.Span, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : 0;

    private static uint? NumberOf(StoreEntry entry) => entry.Key.StartsWith(StoreKeys.NodeNumbers, StringComparison.Ordinal) ? NumberHolder.NumberOf(entry) : null;
}
