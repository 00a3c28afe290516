using Microsoft.Extensions.Logging.Abstractions;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;
using Weft.NetDaemon.Tests.Attachments;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>
/// A node's address management as weftd puts it together, with its own state directory, ledger and way to the store, without a kernel. Its clock
/// goes a little fast or slow. A crash forgets what is in memory; a reboot ends containers and starts CLOCK_BOOTTIME anew.
/// </summary>
internal sealed class SimulatedNode : IAsyncDisposable
{
    public static readonly TimeSpan Hold = TimeSpan.FromHours(1);
    public static readonly TimeSpan ReclaimInterval = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan Quarantine = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(2);

    private readonly TempDirectory _directory = new();
    private readonly IReadOnlyList<Pool> _pools;
    private readonly double _speed;
    private readonly List<AttachmentRecord> _live = [];
    private ClusterState? _cluster;         // what it knew of the store last, as weftd keeps it on disk
    private StoreRange? _known;
    private int _boots;
    private int _containers;
    private AttachmentLedger? _ledger;
    private NodePresence _presence = null!;
    private BlockKeeper _keeper = null!;
    private BlockReclaimer _reclaimer = null!;

    public SimulatedNode(uint number, IStore shared, IReadOnlyList<Pool> pools, double speed)
    {
        (Number, Store, _pools, _speed) = (number, new PartitionedStore(shared), pools, speed);
    }

    public uint Number { get; }

    public IReadOnlyList<Pool> Pools => _pools;

    public string Name => $"n{Number}";

    public PartitionedStore Store { get; }

    /// <summary>Its wall time jumps, its timestamps are CLOCK_BOOTTIME.</summary>
    public JumpingClock Clock { get; private set; } = new();

    public AddressAllocator? Allocator { get; private set; }

    /// <summary>Containers that run, with their addresses.</summary>
    public IReadOnlyList<AttachmentRecord> Live => _live;

    /// <summary>weftd runs.</summary>
    public bool IsUp => Allocator is not null;

    /// <summary>The machine is on.</summary>
    public bool IsOn { get; private set; } = true;

    /// <summary>Whether it speaks with the store.</summary>
    public bool IsHeard => IsUp && !Store.IsCut && Allocator!.FenceLeft > TimeSpan.Zero;

    /// <summary>Whether it would give out an address.</summary>
    public bool Holds(System.Net.IPAddress address) => IsUp && Allocator!.FenceLeft > TimeSpan.Zero && Allocator.MayGiveOut("net", address);

    /// <summary>Whether it knows that an address of its containers is not its own.</summary>
    public bool HasConflict(System.Net.IPAddress address) => IsUp && Allocator!.Conflicts.Any(c => c.Address.Equals(address));

    private string BootId => $"boot-{Number}-{_boots}";

    /// <summary>Starts weftd. False when it cannot.</summary>
    public async Task<bool> StartAsync()
    {
        IsOn = true;
        var ledger = AttachmentLedger.Open(_directory);
        try
        {
            await VerifyAsync();
            var claims = new BlockClaims(Store, Number, new NumberHolder(Name, "")) { LongestHold = BlockReclaimer.Bound(Hold) };
            Allocator = await AddressAllocator.RestoreAsync(
                claims, ledger, _pools, Clock, CoolDown, KeepFor, new BlockFence(_directory, Number, BootId, Hold, Clock), default);
        }
        catch (StoreException)
        {
            ledger.Dispose();       // without the store, and without the copy of it that weftd has
            return false;
        }
        _ledger = ledger;
        // What an earlier boot left is undone by weftd.
        foreach (AttachmentRecord record in ledger.LoadAll().Attachments.Where(r => r.BootId != BootId))
        {
            Forget(record);
        }
        _presence = new NodePresence(Store, new OwnNode(new Node { Name = Name, Number = Number, BootId = BootId }), Clock, NullLogger<NodePresence>.Instance);
        var copies = new AllocationCopies(Store, Name, () => _live, Allocator, () => _pools);
        _keeper = new BlockKeeper(Allocator, copies, Hold, Clock, NullLogger<BlockKeeper>.Instance);
        _reclaimer = new BlockReclaimer(Store, Number, ReclaimInterval, Quarantine, Clock, Clock, NullLogger<BlockReclaimer>.Instance) { LongestHold = Hold };
        return true;
    }

    /// <summary>weftd is killed. Containers run on.</summary>
    public void Crash()
    {
        Allocator?.Dispose();
        Allocator = null;
        _ledger?.Dispose();
        _ledger = null;
    }

    /// <summary>The machine is off: its containers are gone.</summary>
    public void TurnOff()
    {
        Crash();
        _live.Clear();
        IsOn = false;
        _boots++;
        Clock = new JumpingClock();
    }

    /// <summary>Time goes by, at this node's own pace.</summary>
    public void Advance(TimeSpan time)
    {
        if (IsOn)
        {
            Clock.Advance(time * _speed);
        }
    }

    /// <summary>Attaches a container; null when it is refused.</summary>
    public async Task<AttachmentRecord?> AttachAsync(AddressWish? wish = null)
    {
        if (!IsUp || await TryAllocateAsync(wish ?? AddressWish.Any) is not AllocationOutcome.Allocated allocated)
        {
            return null;
        }
        AttachmentRecord record = LedgerRecords.Record($"{Name}c{_containers++}", [.. allocated.Addresses.Select(a => a.Address.ToString())])
            with { WeftNetwork = "net", BootId = BootId };
        record = record with { EndpointName = record.Key.ContainerId };
        record = record with { Id = _ledger!.InsertPending(record) };
        _live.Add(record);
        return record;
    }

    public void Detach(int choice)
    {
        if (IsUp && _live.Count > 0)
        {
            Forget(_live[choice % _live.Count]);
        }
    }

    /// <summary>What weftd does by itself from time to time. A store that is away costs nothing.</summary>
    public async Task LookAsync()
    {
        if (!IsUp)
        {
            return;
        }
        // A store that lost its data takes nothing before what all share is put back.
        if (!await TryAsync(VerifyAsync))
        {
            return;
        }
        // Each a loop of its own in weftd: one that has to wait keeps no other waiting.
        await TryAsync(() => _presence.SpeakAsync(default));
        await TryAsync(() => _keeper.LookAsync(default));
        await TryAsync(() => _reclaimer.LookAsync(default));
    }

    /// <returns>False when the store is away or an answer was lost: the next look goes on.</returns>
    private static async Task<bool> TryAsync(Func<Task> look)
    {
        try
        {
            await look();
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }

    /// <summary>What weftd knows of the store is what the store had just now, as its watches tell it.</summary>
    public async Task RememberAsync()
    {
        if (IsUp && !Store.IsCut)
        {
            try
            {
                await VerifyAsync();
            }
            catch (StoreException)
            {
                // The next look goes on.
            }
        }
    }

    /// <summary>Whether the store is what it was; if not, what it lost is put back. As weftd does when it finds the store again.</summary>
    private async Task VerifyAsync()
    {
        long highest = Store.Highest;
        Store.Highest = 0;
        try
        {
            StoreRange now = await Store.RangeAsync(StoreKeys.Root, default);
            ClusterState? found = ClusterState.TryRead(now.Entries.FirstOrDefault(e => e.Key == StoreKeys.Cluster));
            bool isOlder = now.Revision < Math.Max(highest, _known?.Revision ?? 0);
            if (_cluster is not null && (isOlder || found is null || found.History != _cluster.History))
            {
                await new StoreRecovery(Store, NullLogger.Instance).RunAsync(_cluster.Record, isOlder, _known!.Revision, [.. _known.Entries], default);
                now = await Store.RangeAsync(StoreKeys.Root, default);
                found = ClusterState.Of(now.Entries.FirstOrDefault(e => e.Key == StoreKeys.Cluster));
            }
            (_cluster, _known) = (found, now);
        }
        catch (StoreException)
        {
            Store.Highest = highest;
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        Crash();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<AllocationOutcome?> TryAllocateAsync(AddressWish wish)
    {
        try
        {
            return await Allocator!.AllocateAsync("net", _pools, wish, default);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private void Forget(AttachmentRecord record)
    {
        Assert.True(_ledger!.Remove(record.Id, Clock.GetUtcNow()));
        Allocator!.Release("net", record.Addresses.Select(a => a.Address), record.Owner);
        _live.RemoveAll(r => r.Id == record.Id);
    }
}
