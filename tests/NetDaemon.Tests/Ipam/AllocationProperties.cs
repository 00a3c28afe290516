using System.Net;
using CsCheck;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>Any sequence of ADD, DEL, failed ADD, waiting and kill -9, against a model that is too simple to be wrong.</summary>
public sealed class AllocationProperties
{
    private const int First = 1;
    private const int Last = 14;   // of 10.88.0.0/28 less its ends
    private const int BlockLength = 4;

    private const int Endpoints = 3;
    private const int ReservedAddress = 6;

    private enum Step { Attach, AttachWanted, ComeBack, AttachReserved, Detach, Fail, FailRecorded, Wait, Restart }

    [Fact]
    public void No_address_is_given_twice_or_early_or_out_of_turn_whatever_happens()
    {
        Gen<Step> step = Gen.Frequency(
            (8, Gen.Const(Step.Attach)), (2, Gen.Const(Step.AttachWanted)), (4, Gen.Const(Step.ComeBack)), (1, Gen.Const(Step.AttachReserved)), (6, Gen.Const(Step.Detach)), (2, Gen.Const(Step.Fail)),
            (1, Gen.Const(Step.FailRecorded)), (4, Gen.Const(Step.Wait)), (1, Gen.Const(Step.Restart)));
        Gen.Select(step, Gen.Int[0, 99]).Array[1, 80].Sample(steps => RunAsync(steps).GetAwaiter().GetResult(), iter: 100, threads: 1);
    }

    private static async Task RunAsync((Step Step, int Choice)[] steps)
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/28 30");
        List<AttachmentRecord> live = [];
        List<(int Address, DateTimeOffset At, string? Endpoint)> released = [];
        var anybody = new AddressWish { WhyWithheld = WhyReserved };
        HashSet<int> blocks = [];
        foreach ((Step step, int choice) in steps)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(1));   // no two releases at the same time: then there is one order
            DateTimeOffset now = bench.Time.GetUtcNow();
            switch (step)
            {
                case Step.Attach when Expected(now) is { } expected:
                    live.Add(await bench.AttachAsync(anybody));
                    Took(expected, AddressOf(live[^1]));
                    break;
                case Step.Attach or Step.Fail when Expected(now) is null:
                    Assert.Equal("exhausted", await bench.TakeAsync(anybody));
                    break;
                case Step.AttachWanted:
                    int wanted = First + (choice % Last);
                    HashSet<int> before = [.. blocks];
                    blocks.Add(wanted / BlockLength);
                    if (live.Exists(r => AddressOf(r) == wanted))
                    {
                        Assert.Equal("InUse", await bench.TakeAsync($"10.88.0.{wanted}"));
                        break;
                    }
                    if (wanted == ReservedAddress)
                    {
                        Assert.Equal("Withheld", await bench.TakeAsync(Named(wanted) with { WhyWithheld = WhyReserved }));
                        blocks.Remove(wanted / BlockLength);
                        blocks.UnionWith(live.Select(r => AddressOf(r) / BlockLength).Concat(released.Select(r => r.Address / BlockLength)).Concat(before));
                        break;
                    }
                    live.Add(await bench.AttachAsync(Named(wanted) with { WhyWithheld = WhyReserved }));
                    Took(wanted, AddressOf(live[^1]));
                    break;
                case Step.AttachReserved when !live.Exists(r => AddressOf(r) == ReservedAddress):
                    live.Add(await bench.AttachAsync(Named(ReservedAddress)));
                    Took(ReservedAddress, AddressOf(live[^1]));
                    break;
                case Step.ComeBack:
                    string endpoint = $"e{choice % Endpoints}";
                    if (live.Exists(r => r.EndpointName == endpoint))
                    {
                        break;
                    }
                    int? former = released.Where(r => r.Endpoint == endpoint && IsKept(r, now)).Select(r => (int?)r.Address).LastOrDefault() ?? Expected(now);
                    AddressWish wish = anybody with { Owner = AttachmentRecord.OwnerOf("shop", endpoint, "eth0") };
                    if (former is not { } due)
                    {
                        Assert.Equal("exhausted", await bench.TakeAsync(wish));
                        break;
                    }
                    live.Add(await bench.AttachAsync(wish, endpoint));
                    Took(due, AddressOf(live[^1]));
                    break;
                case Step.Detach when live.Count > 0:
                    AttachmentRecord gone = live[choice % live.Count];
                    bench.Detach(gone);
                    live.Remove(gone);
                    released.Add((AddressOf(gone), now, gone.Owner is null ? null : gone.EndpointName));
                    break;
                case Step.Fail:
                    string taken = await bench.TakeAsync(anybody);
                    Assert.Equal($"10.88.0.{Expected(now)}", taken);
                    blocks.Add(Expected(now)!.Value / BlockLength);
                    bench.Allocator.ReturnUnused("net", [IPAddress.Parse(taken)]);
                    break;
                case Step.FailRecorded when Expected(now) is { } expected:
                    AttachmentRecord failed = await bench.AttachAsync(anybody);
                    Assert.Equal(expected, AddressOf(failed));
                    blocks.Add(expected / BlockLength);
                    Assert.True(bench.Ledger.RemoveUnused(failed.Id));
                    bench.Allocator.ReturnUnused("net", failed.Addresses.Select(a => a.Address));
                    break;
                case Step.Wait:
                    bench.Time.Advance(TimeSpan.FromSeconds(choice));
                    break;
                case Step.Restart:
                    await bench.RestartAsync();
                    break;
                default:
                    break;
            }
            PoolUsage usage = Assert.Single(bench.Allocator.Usage(bench.Pools));
            Assert.Equal(live.Count, usage.Used);
            Assert.Equal(released.Count(r => !IsCool(r.At, bench.Time.GetUtcNow())), usage.Cooling);
            Assert.Equal(blocks.Order(), usage.Blocks.Select(b => (int)(b.Cidr.Network & 0xff) / BlockLength));
        }

        // Fresh ones of own blocks, then the one that was released first if it has cooled and is kept for nobody, then the lowest block that
        // is not claimed yet, and at last those that are kept.
        int? Expected(DateTimeOffset now)
        {
            IEnumerable<int> fresh = Enumerable.Range(First, Last).Where(a => a != ReservedAddress && !live.Exists(r => AddressOf(r) == a) && !released.Exists(r => r.Address == a));
            int? own = fresh.Where(a => blocks.Contains(a / BlockLength)).Cast<int?>().FirstOrDefault();
            var cooled = released.Where(r => r.Address != ReservedAddress && IsCool(r.At, now)).ToList();
            int? free = cooled.Where(r => !IsKept(r, now)).Select(r => (int?)r.Address).FirstOrDefault();
            int? kept = cooled.Select(r => (int?)r.Address).FirstOrDefault();
            int? unclaimed = fresh.Cast<int?>().FirstOrDefault();
            if ((own ?? free ?? unclaimed) is null)
            {
                blocks.UnionWith(Enumerable.Range(0, (Last + BlockLength) / BlockLength));   // it looked everywhere
            }
            return own ?? free ?? unclaimed ?? kept;
        }

        void Took(int expected, int address)
        {
            Assert.Equal(expected, address);
            blocks.Add(address / BlockLength);
            released.RemoveAll(r => r.Address == address);
        }
    }

    private static string? WhyReserved(IPAddress address) => address.GetAddressBytes()[3] == ReservedAddress ? "is reserved" : null;

    private static AddressWish Named(int address) => new() { Wanted = [IPAddress.Parse($"10.88.0.{address}")] };

    private static bool IsKept((int Address, DateTimeOffset At, string? Endpoint) released, DateTimeOffset now) =>
        released.Endpoint is not null && now - released.At < AllocatorBench.KeepFor;

    private static bool IsCool(DateTimeOffset at, DateTimeOffset now) => now - at >= TimeSpan.FromSeconds(60);

    private static int AddressOf(AttachmentRecord record) => Assert.Single(record.Addresses).Address.GetAddressBytes()[3];
}
