using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Attachments;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>An allocator over a real store and a real ledger, with a clock of the test's own.</summary>
internal sealed class AllocatorBench : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private int _containers;

    private AllocatorBench(IReadOnlyList<Pool> pools)
    {
        Pools = pools;
        Embedded = EmbeddedStore.Open(_directory, Time);
        Store = new FailingStore(Embedded);
        Ledger = AttachmentLedger.Open(_directory);
    }

    /// <summary>How long an endpoint's address is kept for it.</summary>
    public static TimeSpan KeepFor => TimeSpan.FromSeconds(120);

    public JumpingClock Time { get; } = new();

    public IReadOnlyList<Pool> Pools { get; set; }

    public EmbeddedStore Embedded { get; private set; }

    public FailingStore Store { get; private set; }

    public AttachmentLedger Ledger { get; private set; }

    public AddressAllocator Allocator { get; private set; } = null!;

    public static async Task<AllocatorBench> CreateAsync(params string[] pools)
    {
        var bench = new AllocatorBench([.. pools.Select(Pool)]);
        await bench.PutPoolsAsync();
        await bench.RestoreAsync();
        return bench;
    }

    /// <summary>A pool from "name cidr blocksize".</summary>
    public static Pool Pool(string text)
    {
        string[] parts = text.Split(' ');
        return new Pool { Name = parts[0], Network = "net", Cidr = parts[1], BlockSize = parts.Length > 2 ? uint.Parse(parts[2]) : 0 };
    }

    /// <summary>Another node's claims on the same store.</summary>
    public BlockClaims ClaimsOf(uint node) => new(Store, node);

    public Task<AllocationOutcome> AllocateAsync(params string[] wanted) =>
        AllocateAsync(new AddressWish { Wanted = [.. wanted.Select(w => IPAddress.Parse(w))] });

    public async Task<AllocationOutcome> AllocateAsync(AddressWish wish) => await Allocator.AllocateAsync("net", Pools, wish, default);

    /// <summary>Allocates, and returns the addresses with a blank between, or the refusal's kind.</summary>
    public Task<string> TakeAsync(params string[] wanted) => TakeAsync(new AddressWish { Wanted = [.. wanted.Select(w => IPAddress.Parse(w))] });

    /// <inheritdoc cref="TakeAsync(string[])"/>
    public async Task<string> TakeAsync(AddressWish wish) => await AllocateAsync(wish) switch
    {
        AllocationOutcome.Allocated allocated => string.Join(' ', allocated.Addresses.Select(a => a.Address)),
        AllocationOutcome.WantedUnavailable refusal => refusal.Reason.ToString(),
        _ => "exhausted",
    };

    /// <summary>Allocates and records an attachment.</summary>
    public Task<AttachmentRecord> AttachAsync(params string[] wanted) => AttachAsync(new AddressWish { Wanted = [.. wanted.Select(w => IPAddress.Parse(w))] });

    /// <summary>As above, of an endpoint when it is given.</summary>
    public async Task<AttachmentRecord> AttachAsync(AddressWish wish, string? endpoint = null)
    {
        var allocated = (AllocationOutcome.Allocated)await AllocateAsync(wish);
        AttachmentRecord record = LedgerRecords.Record($"c{_containers++}", [.. allocated.Addresses.Select(a => a.Address.ToString())])
            with { WeftNetwork = "net" };
        record = record with { EndpointName = endpoint ?? record.Key.ContainerId };
        return record with { Id = Ledger.InsertPending(record) };
    }

    public void Detach(AttachmentRecord record)
    {
        Assert.True(Ledger.Remove(record.Id, Time.GetUtcNow()));
        Allocator.Release("net", record.Addresses.Select(a => a.Address), record.Owner);
    }

    /// <summary>Forgets everything in memory, as kill -9 does.</summary>
    public async Task RestartAsync()
    {
        Ledger.Dispose();
        await Embedded.DisposeAsync();
        Embedded = EmbeddedStore.Open(_directory, Time);
        Store = new FailingStore(Embedded);
        Ledger = AttachmentLedger.Open(_directory);
        await RestoreAsync();
    }

    /// <summary>The store's data is gone, as if its disk had been replaced; the ledger's is not.</summary>
    public async Task LoseStoreAsync()
    {
        await Embedded.DisposeAsync();
        foreach (string file in Directory.GetFiles(_directory, EmbeddedStore.FileName + "*"))
        {
            File.Delete(file);
        }
        Embedded = EmbeddedStore.Open(_directory, Time);
        await PutPoolsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Allocator.Dispose();
        Ledger.Dispose();
        await Embedded.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Writes a pool as `weft apply` does: blocks are claimed of pools that exist only.</summary>
    public async Task PutPoolAsync(Pool pool) =>
        await Embedded.TxnAsync(new StoreTxn().Put(StoreKeys.Pool(pool.Name), Google.Protobuf.MessageExtensions.ToByteArray(pool)), default);

    private async Task PutPoolsAsync()
    {
        foreach (Pool pool in Pools)
        {
            await PutPoolAsync(pool);
        }
    }

    private async Task RestoreAsync()
    {
        Allocator?.Dispose();
        Allocator = await AddressAllocator.RestoreAsync(ClaimsOf(1), Ledger, Pools, Time, TimeSpan.FromSeconds(60), KeepFor, null, default);
    }
}
