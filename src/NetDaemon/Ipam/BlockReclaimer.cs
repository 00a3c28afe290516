using System.Globalization;
using System.Text;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Ipam;

/// <summary>
/// Takes the blocks of nodes that have been away for longer than they may give out addresses by themselves, so that no two nodes give out one address.
/// One node does it at a time, by a leased key; two at once do no harm, for each step is on condition of what it follows from.
/// <code>
/// node     confirms its blocks ------------- gives out addresses for H -------|  stops by its own CLOCK_BOOTTIME
/// reclaimer     sees no word of it: 1.1 H and 10 minutes, by its own clock ---------------|  epoch + 1, quarantine |  free
/// </code>
/// What several reclaimers see is summed up in the store: each adds only what went by between its own reading and its own writing of one and the same
/// revision, so the sum is never more than the time that has gone by, whoever's clock it is. One owner runs it.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="node">This node's number.</param>
/// <param name="interval">How often it looks.</param>
/// <param name="quarantine">How long a block rests between being taken and being anybody's to claim.</param>
/// <param name="boot">Its timestamps: CLOCK_BOOTTIME.</param>
/// <param name="time">For intervals.</param>
/// <param name="logger">Where what is taken is told.</param>
internal sealed class BlockReclaimer(
    IStore store, uint node, TimeSpan interval, TimeSpan quarantine, TimeProvider boot, TimeProvider time, ILogger<BlockReclaimer> logger)
{
    /// <summary>How often it looks where nothing else is chosen.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    /// <summary>On top of what a node may go on for by itself, and a tenth for clocks that do not agree.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>How long a block rests where nothing else is chosen.</summary>
    public static readonly TimeSpan DefaultQuarantine = TimeSpan.FromMinutes(10);

    private const int MostBlocks = 100;      // in one transaction, beside what else it compares

    /// <summary>How long a node of which nothing is known may go on by itself.</summary>
    public TimeSpan LongestHold { get; init; } = BlockFence.DefaultHold;

    // What was seen last, by key and revision, and when. Of one history of the store: in another, a revision is another change.
    private readonly Dictionary<(string Key, long Revision), long> _seen = [];
    private string? _history;
    private long _lease;

    /// <summary>How long a node that said that it goes on for so long must not have been heard of.</summary>
    public static TimeSpan Bound(TimeSpan hold) => (hold * 1.1) + Grace;

    /// <summary>Looks from time to time until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await LookAsync(cancellationToken);
            }
            catch (StoreException e)
            {
                _seen.Clear();
                IpamLog.LookEndedEarly(logger, e.Message);
            }
        }
    }

    /// <summary>Looks once, if it is this node's turn.</summary>
    /// <returns>How many blocks were taken or freed.</returns>
    /// <exception cref="StoreException">The store did not answer. Whatever was done is whole.</exception>
    public async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        if (!await TryLeadAsync(cancellationToken))
        {
            _seen.Clear();
            return 0;
        }
        ClusterState cluster = await ClusterState.ReadAsync(store, cancellationToken);
        if (cluster.History != _history)
        {
            _seen.Clear();
            _history = cluster.History;
        }
        var blocks = (await store.RangeAsync(StoreKeys.Blocks, cancellationToken)).Entries
            .Select(e => (Entry: e, Block: BlockClaims.TryRead(e))).Where(b => b.Block is not null).ToList();
        HashSet<string> alive = [.. (await store.RangeAsync(StoreKeys.Alive, cancellationToken)).Entries.Select(e => e.Key[StoreKeys.Alive.Length..])];
        Dictionary<string, StoreEntry> holds = await ByKeyAsync(StoreKeys.Holds, cancellationToken);
        // After the holds: whoever wrote one had its number before.
        IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)> numbers = await NumberHolder.ListAsync(store, cancellationToken);
        var names = numbers.ToDictionary(n => n.Number, n => n.Holder.Name);
        Dictionary<string, StoreEntry> absences = await ByKeyAsync(StoreKeys.Away, cancellationToken);
        if (cluster.IsGathering)
        {
            // Blocks that nodes hold may not be there yet: nothing is anybody's to take. Whoever stays away is waited for as long as for its blocks.
            Gathering gathering = await Gathering.ReadAsync(store, cluster.History, Bound(LongestHold), cancellationToken);
            foreach ((uint number, string name) in names.Where(n => n.Key != node && !alive.Contains(n.Value) && !gathering.HasTold(n.Key, HoldStage.All)))
            {
                await ObserveAsync(number, holds.GetValueOrDefault(StoreKeys.Hold(number)), absences.GetValueOrDefault(StoreKeys.NodeAway(number)), cluster, cancellationToken);
            }
            return 0;
        }
        int changed = 0;
        HashSet<string> stillAway = [];
        List<(uint Owner, StoreEntry Entry)> moved = [.. (await store.RangeAsync(StoreKeys.Moved, cancellationToken)).Entries
            .Select(e => (MovedAddresses.TryRead(e)?.Owner ?? 0, e))];
        foreach (IGrouping<uint, StoreEntry> owned in blocks.Select(b => (b.Block!.Owner, b.Entry)).Concat(moved)
            .GroupBy(o => o.Owner, o => o.Entry).Where(g => g.Key != 0 && g.Key != node))
        {
            string? name = names.GetValueOrDefault(owned.Key);
            if (name is not null && alive.Contains(name))
            {
                continue;
            }
            string key = StoreKeys.NodeAway(owned.Key);
            stillAway.Add(key);
            StoreEntry? hold = holds.GetValueOrDefault(StoreKeys.Hold(owned.Key));
            if (await ObserveAsync(owned.Key, hold, absences.GetValueOrDefault(key), cluster, cancellationToken) is { } absence && absence.Observed >= Bound(HoldOf(hold)))
            {
                changed += await TakeAsync(owned.Key, name, hold, absence, [.. owned], cluster, cancellationToken);
            }
        }
        await ForgetNumbersAsync(numbers, holds, [.. blocks.Select(b => b.Block!.Owner), .. moved.Select(m => m.Owner)], cluster, cancellationToken);
        foreach (StoreEntry back in absences.Values.Where(a => !stillAway.Contains(a.Key)))
        {
            await store.TxnAsync(new StoreTxn().If(back.Key, back.ModRevision).Delete(back.Key), cancellationToken);
        }
        foreach ((StoreEntry entry, OwnedBlock? block) in blocks.Where(b => b.Block!.Owner == 0 && !b.Block.IsFree))
        {
            changed += await FreeAsync(entry, cluster, cancellationToken) ? 1 : 0;
        }
        return changed;
    }

    /// <summary>Whether it is this node's turn.</summary>
    private async Task<bool> TryLeadAsync(CancellationToken cancellationToken)
    {
        if (_lease == 0 || !await store.KeepAliveAsync(_lease, cancellationToken))
        {
            _lease = 0;
            if (await store.GetAsync(StoreKeys.Reclaimer, cancellationToken) is not null)
            {
                return false;
            }
            _lease = await store.GrantLeaseAsync(interval * 3, cancellationToken);
        }
        if (await store.GetAsync(StoreKeys.Reclaimer, cancellationToken) is { } leader)
        {
            return leader.Lease == _lease;
        }
        string self = node.ToString(CultureInfo.InvariantCulture);
        return (await store.TxnAsync(
            new StoreTxn().IfAbsent(StoreKeys.Reclaimer).Put(StoreKeys.Reclaimer, Encoding.UTF8.GetBytes(self), _lease), cancellationToken)).Succeeded;
    }

    /// <summary>Adds what went by since this reclaimer last wrote how long a node has been away.</summary>
    /// <returns>The sum and where it is; null when it begins anew, or another wrote it.</returns>
    private async Task<(TimeSpan Observed, string Key, long Revision)?> ObserveAsync(
        uint number, StoreEntry? hold, StoreEntry? known, ClusterState cluster, CancellationToken cancellationToken)
    {
        string key = StoreKeys.NodeAway(number);
        long now = boot.GetTimestamp();
        NodeAbsence? absence = known is null ? null : TryParse(NodeAbsence.Parser, known);
        var next = new NodeAbsence { Node = number, HoldRevision = hold?.ModRevision ?? 0, History = cluster.History };
        if (known is not null && absence is not null && absence.HoldRevision == next.HoldRevision && absence.History == next.History)
        {
            if (!_seen.Remove((key, known.ModRevision), out long since))
            {
                _seen[(key, known.ModRevision)] = now;
                return null;
            }
            next.ObservedMs = absence.ObservedMs + (long)boot.GetElapsedTime(since, now).TotalMilliseconds;
        }
        TxnResult result = await store.TxnAsync(
            new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision).If(key, known?.ModRevision ?? 0).Put(key, next.ToByteArray()), cancellationToken);
        if (!result.Succeeded)
        {
            return null;
        }
        _seen[(key, result.Revision)] = now;
        return next.ObservedMs == 0 ? null : (TimeSpan.FromMilliseconds(next.ObservedMs), key, result.Revision);
    }

    /// <summary>Takes a node's blocks, on condition that it has not been heard of meanwhile.</summary>
    private async Task<int> TakeAsync(
        uint number, string? name, StoreEntry? hold, (TimeSpan Observed, string Key, long Revision) absence, StoreEntry[] blocks, ClusterState cluster, CancellationToken cancellationToken)
    {
        int taken = 0;
        foreach (StoreEntry[] some in blocks.Chunk(MostBlocks))
        {
            StoreTxn txn = new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision).If(StoreKeys.Hold(number), hold?.ModRevision ?? 0).If(absence.Key, absence.Revision);
            if (name is not null)
            {
                txn.IfAbsent(StoreKeys.NodeAlive(name));
            }
            foreach (StoreEntry entry in some)
            {
                if (entry.Key.StartsWith(StoreKeys.Moved, StringComparison.Ordinal))
                {
                    txn.If(entry.Key, entry.ModRevision).Delete(entry.Key);     // it goes home to its block's node
                    continue;
                }
                txn.If(entry.Key, entry.ModRevision).Put(entry.Key, BlockClaims.Quarantine(entry));
            }
            TxnResult result = await store.TxnAsync(txn, cancellationToken);
            if (!result.Succeeded)
            {
                break;      // it is back, or a block of it was changed: the next look tells
            }
            taken += some.Length;
            foreach (StoreEntry entry in some)
            {
                _seen[(entry.Key, result.Revision)] = boot.GetTimestamp();
            }
        }
        if (taken > 0)
        {
            IpamLog.Reclaimed(logger, number, absence.Observed, taken);
            await ForgetCopiesAsync(name, cancellationToken);
        }
        return taken;
    }

    /// <summary>Lets a block whose quarantine is over be claimed.</summary>
    private async Task<bool> FreeAsync(StoreEntry entry, ClusterState cluster, CancellationToken cancellationToken)
    {
        long now = boot.GetTimestamp();
        if (!_seen.TryGetValue((entry.Key, entry.ModRevision), out long since))
        {
            _seen[(entry.Key, entry.ModRevision)] = now;
            return false;
        }
        if (boot.GetElapsedTime(since, now) < quarantine)
        {
            return false;
        }
        Block block = Block.Parser.ParseFrom(entry.Value.Span);
        block.State = BlockState.Free;
        _seen.Remove((entry.Key, entry.ModRevision));
        bool freed = (await store.TxnAsync(
            new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision).If(entry.Key, entry.ModRevision).Put(entry.Key, block.ToByteArray()), cancellationToken)).Succeeded;
        if (freed)
        {
            IpamLog.Freed(logger, block.Cidr);
        }
        return freed;
    }

    private async Task ForgetCopiesAsync(string? name, CancellationToken cancellationToken)
    {
        if (name is null)
        {
            return;
        }
        StoreRange copies = await store.RangeAsync(StoreKeys.AllocationsOf(name), cancellationToken);
        foreach (StoreEntry[] some in copies.Entries.Chunk(MostBlocks))
        {
            var txn = new StoreTxn();
            Array.ForEach(some, copy => txn.If(copy.Key, copy.ModRevision).Delete(copy.Key));
            await store.TxnAsync(txn, cancellationToken);
        }
    }

    /// <summary>Forgets the numbers of machines that lost their name to another one and have nothing any more, and confirmations of numbers that nobody has.</summary>
    private async Task ForgetNumbersAsync(
        IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)> numbers, Dictionary<string, StoreEntry> holds, HashSet<uint> owners, ClusterState cluster,
        CancellationToken cancellationToken)
    {
        foreach ((uint number, _, StoreEntry entry) in numbers.Where(n => n.Holder.FormerName(n.Number) is not null && !owners.Contains(n.Number)))
        {
            await store.TxnAsync(
                new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision).If(entry.Key, entry.ModRevision).Delete(entry.Key).Delete(StoreKeys.Hold(number)).Delete(StoreKeys.NodeAway(number)),
                cancellationToken);
        }
        var known = numbers.Select(n => n.Number).Concat(owners).Select(StoreKeys.Hold).ToHashSet();
        foreach (StoreEntry hold in holds.Values.Where(h => !known.Contains(h.Key)))
        {
            await store.TxnAsync(new StoreTxn().If(StoreKeys.Cluster, cluster.ModRevision).If(hold.Key, hold.ModRevision).Delete(hold.Key), cancellationToken);
        }
    }

    private async Task<Dictionary<string, StoreEntry>> ByKeyAsync(string prefix, CancellationToken cancellationToken) =>
        (await store.RangeAsync(prefix, cancellationToken)).Entries.ToDictionary(e => e.Key, StringComparer.Ordinal);

    // One that cannot be read is of a node that may go on for as long as any.
    private TimeSpan HoldOf(StoreEntry? entry) => entry is null ? LongestHold
        : TryParse(BlockHold.Parser, entry) is { HoldMs: > 0 } hold ? TimeSpan.FromMilliseconds(hold.HoldMs)
        : TimeSpan.FromDays(30);

    private static T? TryParse<T>(MessageParser<T> parser, StoreEntry entry)
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
