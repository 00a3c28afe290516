using System.Globalization;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Store.Recovery;

/// <summary>
/// How far the nodes of a cluster are with putting back what the store lost. Before all have said what they hold, a block that the store knows nothing of may be
/// anybody's: so nobody claims one.
/// </summary>
/// <param name="Nodes">All known nodes, by number, with those that have lost their name: their blocks may still be in use.</param>
/// <param name="Told">The stages that nodes are at, by number.</param>
/// <param name="Gone">Nodes that were not heard of for so long that they hold nothing any more.</param>
internal sealed record Gathering(IReadOnlyDictionary<uint, NumberHolder> Nodes, IReadOnlyDictionary<uint, HoldStage> Told, IReadOnlySet<uint> Gone)
{
    /// <summary>Reads it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="history">The present one.</param>
    /// <param name="longEnough">How long a node must not have been heard of to hold nothing.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task<Gathering> ReadAsync(IStore store, string history, TimeSpan longEnough, CancellationToken cancellationToken)
    {
        // Holds first: whoever is in them has put back the numbers of the nodes that it knows before.
        StoreRange holds = await store.RangeAsync(StoreKeys.Holds, cancellationToken);
        StoreRange away = await store.RangeAsync(StoreKeys.Away, cancellationToken);
        StoreRange numbers = await store.RangeAsync(StoreKeys.NodeNumbers, cancellationToken);
        return new Gathering(
            HoldersOf(numbers),
            Read(holds, StoreKeys.Holds, BlockHold.Parser).Where(h => h.Value.History == history).ToDictionary(h => h.Number, h => h.Value.Stage),
            Read(away, StoreKeys.Away, NodeAbsence.Parser)
                .Where(a => a.Value.History == history && a.Value.ObservedMs >= longEnough.TotalMilliseconds).Select(a => a.Number).ToHashSet());
    }

    /// <summary>The nodes' names by their numbers. A key that is not a number is nobody's.</summary>
    public static Dictionary<uint, string> NamesOf(StoreRange numbers) => HoldersOf(numbers).ToDictionary(h => h.Key, h => h.Value.Name);

    private static Dictionary<uint, NumberHolder> HoldersOf(StoreRange numbers) =>
        numbers.Entries.Where(e => NumberHolder.NumberOf(e) is not null).ToDictionary(e => NumberHolder.NumberOf(e)!.Value, NumberHolder.Of);

    /// <summary>Nodes that are to be waited for. Nodes that are gone are not, once most nodes have said what they hold: a node that looks at the wrong store is alone there.</summary>
    public IReadOnlyList<string> Missing(HoldStage stage)
    {
        // Who has lost its name will never say anything.
        List<uint> speakers = [.. Nodes.Where(n => n.Value.FormerName(n.Key) is null).Select(n => n.Key)];
        bool most = speakers.Count(n => HasTold(n, stage)) * 2 > speakers.Count;
        return [.. Nodes.Where(n => !HasTold(n.Key, stage) && !(most && Gone.Contains(n.Key))).OrderBy(n => n.Key).Select(n => n.Value.Name)];
    }

    /// <summary>Whether a node has come so far.</summary>
    public bool HasTold(uint number, HoldStage stage) => Told.TryGetValue(number, out HoldStage told) && told >= stage;

    /// <summary>The number in a key of a node; false when it is not spelled as Weft spells it.</summary>
    public static bool TryNumber(string key, string prefix, out uint number) =>
        uint.TryParse(key.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0 && key == prefix + number.ToString("D6", CultureInfo.InvariantCulture);

    private static IEnumerable<(uint Number, T Value)> Read<T>(StoreRange range, string prefix, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        foreach (StoreEntry entry in range.Entries)
        {
            if (TryNumber(entry.Key, prefix, out uint number) && TryParse(entry, parser) is { } value)
            {
                yield return (number, value);
            }
        }
    }

    private static T? TryParse<T>(StoreEntry entry, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(entry.Value.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
